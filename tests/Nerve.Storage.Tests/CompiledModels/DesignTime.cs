using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Scaffolding;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Nerve.Storage.Tests.CompiledModels;

/// <summary>What <c>dotnet ef dbcontext optimize</c> works with.</summary>
internal static class DesignTime
{
    public static ICompiledModelScaffolder Of(DbContext context)
    {
        var services = new ServiceCollection();
        Provider(context).ConfigureDesignTimeServices(services);
        services.AddEntityFrameworkDesignTimeServices();
        services.AddDbContextDesignTimeServices(context);
        return services.BuildServiceProvider().GetRequiredService<ICompiledModelScaffolder>();
    }

    private static IDesignTimeServices Provider(DbContext context)
    {
        var assembly = Assembly.Load(context.GetService<IDatabaseProvider>().Name);
        var name = assembly.GetCustomAttribute<DesignTimeProviderServicesAttribute>()!.TypeName;
        return (IDesignTimeServices)Activator.CreateInstance(assembly.GetType(name, throwOnError: true)!)!;
    }
}
