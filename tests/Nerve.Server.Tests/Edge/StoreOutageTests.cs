using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
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

    [Fact]
    public async Task CreateTask_WhenTheStoreIsLostAfterIt_IsMadeAllTheSame()
    {
        var isAway = false;
        await using var center = await TestCenter.StartAsync(adjust: services => FailingStore.Put<ITaskStore>(services, call =>
        {
            isAway |= call == nameof(ITaskStore.AddAsync);
            return isAway && call is nameof(ITaskStore.FindAsync) or nameof(ITaskStore.CountRunsAsync);
        }));
        await using var agent = await center.EnrolAsync();

        using var answer = await center.PostTaskAsync(new { kind = "command", command = "true", target = new { agents = new[] { agent.Id } } });

        var body = await answer.Content.ReadAsStringAsync(TestCenter.Cancelled);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, body);
        var task = await answer.JsonAsync();
        Assert.Equal(("pending", 1), (task.GetProperty("state").GetString(), task.GetProperty("counts").GetProperty("pending").GetInt32()));
        Assert.EndsWith(task.GetProperty("id").GetString()!, answer.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_WhenTheStoreIsLostAfterItWrote_IsNotCalledUndone()
    {
        var (isCancelling, hasWritten) = (false, false);
        await using var center = await TestCenter.StartAsync(adjust: services => FailingStore.Put<ITaskStore>(services, call =>
        {
            hasWritten |= isCancelling && call == nameof(ITaskStore.ChangeRunsAsync);
            return hasWritten && call == nameof(ITaskStore.CountRunsAsync);
        }));
        await using var agent = await center.EnrolAsync();
        var task = await center.CommandAsync(agent);
        isCancelling = true;

        using var answer = await center.CancelTaskAsync(task);

        await IsAnsweredAsync(answer, "store.uncertain", retryAfter: null);
    }

    [Fact]
    public async Task Change_WhenTheStoreIsAwayBeforeItWrote_IsToBeTriedAgain()
    {
        await using var center = await TestCenter.StartAsync(adjust: services =>
            FailingStore.Put<ITaskStore>(services, call => call == nameof(ITaskStore.AddAsync)));
        await using var agent = await center.EnrolAsync();

        using var answer = await center.PostTaskAsync(new { kind = "command", command = "true", target = new { agents = new[] { agent.Id } } });

        await IsAnsweredAsync(answer, "store.unavailable", TimeSpan.FromSeconds(5));
    }

    /// <summary>Else a program repeats it, and there are two.</summary>
    [Fact]
    public async Task Change_ThatCannotBeRecorded_IsSaidToBeDone_AndNotToBeRepeated()
    {
        await using var center = await TestCenter.StartAsync(adjust: services =>
            FailingStore.Put<IAuditStore>(services, call => call == nameof(IAuditStore.AppendAsync)));
        using var admin = center.Client(Role.Admin);

        using var answer = await admin.PostAsJsonAsync("/api/v1/tokens", new { name = "robot", role = "viewer" }, TestCenter.Cancelled);

        await IsAnsweredAsync(answer, "audit.unavailable", retryAfter: null);
    }

    private static async Task IsAnsweredAsync(HttpResponseMessage answer, string code, TimeSpan? retryAfter)
    {
        var body = await answer.Content.ReadAsStringAsync(TestCenter.Cancelled);
        Assert.Contains($"\"code\":\"{code}\"", body, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, retryAfter), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
        Assert.Equal(retryAfter is not null, body.Contains("Nothing was changed", StringComparison.Ordinal));
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

    /// <summary>Fails as Entity Framework reports a broken connection: wrapped.</summary>
    public class AwayProxy : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            throw new InvalidOperationException("likely due to a transient failure", new FailingStore.Away());
    }

    public class UncertainProxy : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new UncertainCommitException(new FailingStore.Away());
    }
}
