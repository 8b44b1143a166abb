using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Nerve.Server.Nodes;

namespace Nerve.Server.Identity;

/// <summary>The keys that seal the page's session cookies, in a folder of the data directory.</summary>
internal static class SessionKeys
{
    public static void AddSessionKeys(this IServiceCollection services, string dataDirectory) =>
        services.AddDataProtection()
            .SetApplicationName("nerve-center")
            .PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(dataDirectory, "keys")));

    /// <summary>Has the keys read when the first cookie comes or goes. ASP.NET Core reads them at the start, which loads its XML libraries even where
    /// only agents and programs call. Of several nodes each still does so: it must have the others' keys before Redis may be away.</summary>
    /// <remarks>To be called last: authentication adds the reader again.</remarks>
    public static void ReadSessionKeysLate(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(INodeBus)))
        {
            return;
        }

        var eager = services.Where(service => service.ServiceType == typeof(IHostedService) && IsOfDataProtection(service)).ToList();
        eager.ForEach(service => services.Remove(service));
    }

    private static bool IsOfDataProtection(ServiceDescriptor service) => service.ImplementationType?.Assembly == typeof(IKeyManager).Assembly;
}
