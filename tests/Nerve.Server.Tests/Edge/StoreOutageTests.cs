using System.Data.Common;
using System.Net;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Identity;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Edge;

/// <summary>A database that is away for a while is no bug of the center, and its callers are told so.</summary>
public sealed class StoreOutageTests
{
    [Fact]
    public async Task AnyRequest_WhileTheStoreIsAway_IsAnswered503WithTheTimeToTryAgain()
    {
        await using var center = await TestCenter.StartAsync(adjust: services =>
            services.AddSingleton(DispatchProxy.Create<ITokenStore, AwayProxy>()));
        using var client = new HttpClient { BaseAddress = center.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "nvt_anything");

        var answer = await client.GetAsync("/api/v1/agents", TestCenter.Cancelled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta);
        var body = await answer.Content.ReadAsStringAsync(TestCenter.Cancelled);
        Assert.Contains("\"code\":\"store.unavailable\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("db.example.com", body, StringComparison.Ordinal);
    }

    /// <summary>Programs repeat by themselves what they are told to repeat.</summary>
    [Fact]
    public async Task AnyRequest_WhenTheStoreWasLostAsItCommitted_IsNotCalledUndone()
    {
        await using var center = await TestCenter.StartAsync(adjust: services =>
            services.AddSingleton(DispatchProxy.Create<ITokenStore, UncertainProxy>()));
        using var client = new HttpClient { BaseAddress = center.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "nvt_anything");

        var answer = await client.GetAsync("/api/v1/agents", TestCenter.Cancelled);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, null), (answer.StatusCode, answer.Headers.RetryAfter));
        var body = await answer.Content.ReadAsStringAsync(TestCenter.Cancelled);
        Assert.Contains("\"code\":\"store.uncertain\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing was changed", body, StringComparison.Ordinal);
    }

    private sealed class Away() : DbException("Failed to connect to db.example.com")
    {
        public override bool IsTransient => true;
    }

    /// <summary>Fails as Entity Framework reports a broken connection: wrapped.</summary>
    public class AwayProxy : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            throw new InvalidOperationException("likely due to a transient failure", new Away());
    }

    public class UncertainProxy : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new UncertainCommitException(new Away());
    }
}
