using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Nerve.Storage.Tests.QueryPlans;

/// <summary>A statement as it went to the engine.</summary>
internal sealed record CapturedQuery(string Text, IReadOnlyList<(string Name, object? Value)> Parameters);

/// <summary>Listens to what Entity Framework sends while a piece of work runs, so that the plans are those of the product's own queries.</summary>
internal sealed class CapturedQueries : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private static readonly AsyncLocal<List<CapturedQuery>?> s_current = new();

    static CapturedQueries() => DiagnosticListener.AllListeners.Subscribe(new CapturedQueries());

    public static async Task<IReadOnlyList<CapturedQuery>> OfAsync(Func<Task> work)
    {
        var captured = s_current.Value = [];
        await work();
        s_current.Value = null;
        return captured;
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
        {
            value.Subscribe(this, name => name == RelationalEventId.CommandExecuting.Name);
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (s_current.Value is { } captured && value.Value is CommandEventData { Command: var command })
        {
            captured.Add(new CapturedQuery(
                command.CommandText, [.. command.Parameters.Cast<DbParameter>().Select(parameter => (parameter.ParameterName, parameter.Value))]));
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
