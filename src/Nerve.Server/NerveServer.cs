using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Nerve.Protocol;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Audit;
using Nerve.Server.Edge;
using Nerve.Server.Gateway;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Inventories;
using Nerve.Server.Inventories.Changes;
using Nerve.Server.Live;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Nodes;
using Nerve.Server.Operations;
using Nerve.Server.Retention;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Outputs;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server;

/// <summary>The server as a list: its features, its background services in the order of the data, its routes.</summary>
/// <remarks>The stores (<see cref="IAgentStore"/> and its kind) and a <see cref="TimeProvider"/> must be registered by the host.</remarks>
public static class NerveServer
{
    public static void AddNerveServer(this IServiceCollection services, NerveServerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Retention);
        services.AddSingleton<StartTime>();
        services.AddSingleton<IdSource>();
        AddEdge(services, options);

        // Identity
        services.TryAddSingleton<IAttemptLimits, AttemptLimits>();
        services.AddSingleton<UserService>();
        services.AddSingleton<TokenService>();
        services.AddSingleton<CredentialService>();

        // Audit: who did what
        AddBackground<AuditLog>(services);
        services.AddSingleton<AuditRecorder>();
        services.AddSingleton<RefusedLinks>();

        // Nodes: who else is there, and what they tell each other
        services.AddSingleton(NodeIdentity.Create());
        services.TryAddSingleton<SingleNode>();
        services.TryAddSingleton<INodeBus>(provider => provider.GetRequiredService<SingleNode>());
        services.TryAddSingleton<IFleetState>(provider => provider.GetRequiredService<SingleNode>());
        services.TryAddSingleton<INodeRegistry>(provider => provider.GetRequiredService<SingleNode>());
        services.TryAddSingleton<IJobLocks>(provider => provider.GetRequiredService<SingleNode>());
        AddBackground<NewsSender>(services);
        AddBackground<NewsReceiver>(services);

        // Gateway and ingestion: how agents' words come in
        services.AddSingleton<AgentSessions>();
        services.AddSingleton<SessionService>();
        services.AddSingleton<HeartbeatService>();
        AddBackground<HeartbeatPipeline>(services);

        // Agents, metrics, inventories
        services.AddSingleton<AgentDirectory>();
        services.AddSingleton<EnrolmentService>();
        services.AddSingleton<PresenceService>();
        AddBackground<StatusWriter>(services);
        services.AddSingleton<FleetLoader>();
        AddBackground<LatestValuesLoader>(services);
        services.AddSingleton(provider =>
            new LivenessTracker(
                provider.GetRequiredService<TimeProvider>(), TimeSpan.FromSeconds(options.HeartbeatSeconds), provider.GetRequiredService<NodeIdentity>().Id));
        AddBackground<LivenessSweeper>(services);
        AddBackground<DoubtSettler>(services);
        services.AddSingleton<AgentSettingsService>();
        services.AddSingleton<SchemaCatalogue>();
        services.AddSingleton<MetricService>();
        services.AddSingleton<RollUpJob>();
        AddBackground<RollUpWorker>(services);
        services.AddSingleton<InventoryService>();
        services.AddSingleton<InventoryHistory>();

        // Tasks
        services.AddSingleton<TargetHosts>();
        services.AddSingleton<TaskService>();
        services.AddSingleton<TaskRetry>();
        services.AddSingleton<RolloutSignals>();
        services.AddSingleton<RolloutStepper>();
        services.AddSingleton<RolloutService>();
        AddBackground<RolloutWorker>(services);
        AddBackground<TaskNews>(services);
        services.AddSingleton<OutputSignals>();
        services.AddSingleton<OutputFollower>();
        services.AddSingleton<OutputGroups>();
        services.AddSingleton<RunReconciler>();
        services.AddSingleton<TaskCatalogue>();
        services.AddSingleton<TaskSecrets>();
        AddBackground<RunReportPipeline>(services);
        AddBackground<RunOutputPipeline>(services);
        services.AddSingleton<RunReportService>();
        services.AddSingleton<RunOffers>();
        services.AddSingleton<RunSender>();
        AddBackground<RunDispatcher>(services);
        AddBackground<RunWatchdog>(services);

        // The live feed, last in the flow
        services.AddSingleton<LiveTopics>();
        AddBackground<LiveFeed>(services);
        AddBackground<LiveLinks>(services);

        // Operations
        services.AddSingleton<StoreHealth>();
        AddBackground<StoreWatch>(services);
        AddBackground<RetentionPruner>(services);
        AddBackground<OutgrownStorage>(services);
        AddBackground<CalmCollection>(services);
        AddBackground<YoungCollection>(services);
    }

    public static void UseNerveServer(this WebApplication app)
    {
        app.UseTrustedProxies(app.Services.GetRequiredService<NerveServerOptions>().TrustedProxies);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use(SecurityHeaders.Add);
        app.UseResponseCompression();
        app.UseRouting();
        app.Use(SameOrigin.Guard);
        app.UseRateLimiter();
        app.UseAuthentication();
        app.Use(AuditRecorder.RecordForbiddenAsync);
        app.UseAuthorization();
    }

    public static void MapNerveServer(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<StartTime>();
        var api = app.MapGroup("/api/v1").AddEndpointFilter(AuditRecorder.FilterAsync);
        api.MapAuth();
        api.MapUsers();
        api.MapTokens();
        api.MapAgents();
        api.MapAgentSettings();
        api.MapInventories();
        api.MapMetrics();
        api.MapTasks();
        api.MapAudit();
        api.MapSystem();

        app.MapHub<AgentHub>(ProtocolInfo.AgentHubPath);
        app.MapHub<LiveHub>("/hubs/live");
        app.MapHealth();
        app.MapSelfMetrics();
        app.MapApiDocument();
        app.MapWebPage();
    }

    private static void AddEdge(IServiceCollection services, NerveServerOptions options)
    {
        services.AddProblemDetails(problem => problem.CustomizeProblemDetails = ProblemWriter.Customize);
        services.AddExceptionHandler<ProblemWriter>();
        services.ConfigureHttpJsonOptions(json => ConfigureJson(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddSessionKeys(options.DataDirectory);
        services.AddNerveAuthentication(options.Debug);
        LoginLimit.Add(services);
        services.AddNerveCompression();
        services.AddNerveHealth();
        services.AddApiDocument();
        services.AddSingleton<AgentHubFilter>();
        // Given as it is: given as a type it would be looked for at every message.
        services.AddOptions<HubOptions>().Configure<AgentHubFilter>((hub, filter) => hub.AddFilter(filter));
        // Where they may log, the web server makes an activity of each request, which a link keeps, and the hubs' dispatcher one of each message, which nobody
        // reads. What fails is logged by ProblemWriter and the filter.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None));
        services.AddSignalR(hub => hub.MaximumReceiveMessageSize = ProtocolInfo.MaxMessageBytes)
            .AddJsonProtocol(json =>
            {
                ConfigureJson(json.PayloadSerializerOptions);
                json.PayloadSerializerOptions.TypeInfoResolverChain.Add(new DefaultJsonTypeInfoResolver()); // what only browsers are told
            });
        services.ReadSessionKeysLate();
    }

    private static void ConfigureJson(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.Converters.Add(new UtcMillisecondsConverter());
        options.TypeInfoResolverChain.Insert(0, NerveJsonContext.Default);
    }

    private static void AddBackground<T>(IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
