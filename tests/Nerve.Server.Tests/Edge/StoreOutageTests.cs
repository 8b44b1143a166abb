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
        var (status, retryAfter, body) = await AskAsync<AwayProxy>();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(5)), (status, retryAfter));
        Assert.Contains("\"code\":\"store.unavailable\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("db.example.com", body, StringComparison.Ordinal);
    }

    /// <summary>Programs repeat by themselves what they are told to repeat.</summary>
    [Fact]
    public async Task AnyRequest_WhenTheStoreWasLostAsItCommitted_IsNotCalledUndone()
    {
        var (status, retryAfter, body) = await AskAsync<UncertainProxy>();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, null), (status, retryAfter));
        Assert.Contains("\"code\":\"store.uncertain\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing was changed", body, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter, string Body)> AskAsync<TProxy>()
        where TProxy : DispatchProxy
    {
        await using var center = await TestCenter.StartAsync(adjust: services => services.AddSingleton(DispatchProxy.Create<ITokenStore, TProxy>()));
        using var client = new HttpClient { BaseAddress = center.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "nvt_anything");

        using var answer = await client.GetAsync("/api/v1/agents", TestCenter.Cancelled);
        return (answer.StatusCode, answer.Headers.RetryAfter?.Delta, await answer.Content.ReadAsStringAsync(TestCenter.Cancelled));
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
