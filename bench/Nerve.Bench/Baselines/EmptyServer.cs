using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Nerve.Bench.Baselines;

/// <summary>The least that an ASP.NET Core program is: it says that it is ready. What the center is compared with.</summary>
internal static class EmptyServer
{
    public static Command Command()
    {
        var url = new Argument<string>("url");
        var command = new Command("empty-server", "Serve /health/ready and nothing else: a baseline.") { url };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls(parsed.GetValue(url)!);
            await using var app = builder.Build();
            app.Map("/health/ready", () => Results.Ok());
            await app.StartAsync(cancellationToken);
            await app.WaitForShutdownAsync(cancellationToken);
        });
        return command;
    }
}
