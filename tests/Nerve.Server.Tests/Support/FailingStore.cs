using System.Data.Common;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;

namespace Nerve.Server.Tests.Support;

/// <summary>The real store, of which what the test names fails as if the database were away.</summary>
public class FailingStore : DispatchProxy
{
    private object _real = null!;
    private Func<string, object?[], bool> _fails = null!;

    /// <param name="services">Have the real one.</param>
    /// <param name="fails">Given the name of what is called, each time anew.</param>
    internal static void Put<TStore>(IServiceCollection services, Func<string, bool> fails)
        where TStore : class => Put<TStore>(services, (name, _) => fails(name));

    /// <param name="services">Have the real one.</param>
    /// <param name="fails">Given the name and the arguments of what is called, each time anew.</param>
    internal static void Put<TStore>(IServiceCollection services, Func<string, object?[], bool> fails)
        where TStore : class
    {
        var real = services.Last(service => service.ServiceType == typeof(TStore)).ImplementationType!;
        services.AddSingleton(provider =>
        {
            var store = Create<TStore, FailingStore>();
            ((FailingStore)(object)store)._real = ActivatorUtilities.CreateInstance(provider, real);
            ((FailingStore)(object)store)._fails = fails;
            return store;
        });
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (_fails(targetMethod!.Name, args ?? []))
        {
            throw new InvalidOperationException("likely due to a transient failure", new Away());
        }

        try
        {
            return targetMethod.Invoke(_real, args);
        }
        catch (TargetInvocationException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
            throw;
        }
    }

    internal sealed class Away() : DbException("Failed to connect to db.example.com")
    {
        public override bool IsTransient => true;
    }
}
