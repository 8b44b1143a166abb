using Nerve.Server.Audit;
using Nerve.Server.Shared;

namespace Nerve.Center;

/// <summary>What is done on the command line is in the audit record, too.</summary>
internal static class Recorded
{
    /// <summary>Does the work, and records it with its result.</summary>
    public static async Task<T> RunAsync<T>(
        IServiceProvider services, string action, string? target, string? detail, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            var result = await work();
            await WriteAsync("ok");
            return result;
        }
        catch (ProblemException problem)
        {
            await WriteAsync(problem.Code);
            throw;
        }

        Task WriteAsync(string outcome) => services.GetRequiredService<IAuditStore>().AppendAsync(
            [new AuditDraft(TimeProvider.System.GetUtcNow(), $"cli:{Environment.UserName}", "cli", null, action, target, outcome, detail)], cancellationToken);
    }
}
