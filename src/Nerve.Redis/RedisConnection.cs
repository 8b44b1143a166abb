using System.Diagnostics;
using Nerve.Server.Nodes;
using StackExchange.Redis;

namespace Nerve.Redis;

/// <summary>The one connection of this node. It may be gone at any time; it comes back by itself.</summary>
public sealed partial class RedisConnection(string url, ILogger<RedisConnection> logger) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>As long as an answer is hoped for at the start.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly ServerTrust _trust = new();
    private readonly ConfigurationOptions _options = Options(url);
    private readonly ConnectionState _state = new();
    private IConnectionMultiplexer? _redis;

    /// <summary>The connection came or went. Raised once for each time.</summary>
    public event Action<bool>? ConnectedChanged;

    /// <summary>Commands are answered and news come in.</summary>
    public bool IsConnected => _redis is { IsConnected: true } redis && redis.GetSubscriber().IsConnected(News);

    /// <summary>Where nodes tell each other what happens. Channels, unlike keys, know nothing of databases.</summary>
    public RedisChannel News => RedisChannel.Literal($"nerve:{_options.DefaultDatabase}:news");

    public IConnectionMultiplexer Multiplexer => _redis ?? throw new NodesUnavailableException($"{Name} is not connected");

    /// <summary>For people, without secrets.</summary>
    public string Name => $"Redis at {string.Join(", ", _options.EndPoints.Select(place => place.ToString()?.Replace("Unspecified/", "", StringComparison.Ordinal)))}";

    public IDatabase Database => Multiplexer.GetDatabase();

    public ISubscriber Subscriber => Multiplexer.GetSubscriber();

    /// <summary>Why nothing comes of it, as far as it is known.</summary>
    private string Absence => _trust.Refusal is { } why ? $"The certificate of {Name} is not trusted ({why})" : $"{Name} does not answer";

    /// <summary>A name of ours in a database that may hold other things.</summary>
    public static string Key(string name) => "nerve:" + name;

    /// <summary>Connects, or goes on trying in the background when nobody answers.</summary>
    /// <exception cref="NodesUnavailableException">It answers and refuses this node.</exception>
    public async Task OpenAsync()
    {
        _options.CertificateValidation += (_, _, chain, errors) => _trust.Judge(chain, errors);
        _redis = await ConnectionMultiplexer.ConnectAsync(_options);
        _redis.ConnectionFailed += (_, _) => Notice();
        _redis.ConnectionRestored += (_, _) => Notice();
        if (!await AnswersAsync())
        {
            LogUnreachable(logger, Absence);
        }

        _state.Notice(() => IsConnected, _ => { }); // how it begins is no change
    }

    /// <summary>Runs a command; whatever goes wrong with it is one kind of exception.</summary>
    /// <exception cref="NodesUnavailableException">It could not be done.</exception>
    public async Task<T> DoAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellationToken = default)
    {
        try
        {
            return await command(Database).WaitAsync(cancellationToken);
        }
        catch (RedisServerException refusal)
        {
            throw new NodesUnavailableException($"{Name} refuses: {refusal.Message}", refusal);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The client also cancels what waits on a connection that it gives up.
            throw new NodesUnavailableException(Absence, failure);
        }
    }

    public void Dispose() => _redis?.Dispose();

    /// <summary>Asked again while nothing says that it is away: on a busy machine its refusal takes longer than the client's patience, and with TLS
    /// so may the look at its certificate.</summary>
    private async Task<bool> AnswersAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await Database.PingAsync();
                return true;
            }
            catch (Exception failure) when (_trust.Refusal is not null && failure is RedisException or TimeoutException)
            {
                throw new NodesUnavailableException($"{Absence}.", failure);
            }
            catch (Exception failure) when (IsRefusal(failure))
            {
                throw new NodesUnavailableException(
                    $"{Name} refuses this node: its user or password is missing or wrong. Write them into the URL (redis://user:password@host), and the URL into NERVE_REDIS or the settings file.",
                    failure);
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException)
            {
                if ((IsAway(failure) && !_options.Ssl) || Stopwatch.GetElapsedTime(begun) > s_longest)
                {
                    return false;
                }
            }

            await Task.Delay(s_pause, TimeProvider.System);
        }
    }

    private void Notice() => _state.Notice(() => IsConnected, Tell);

    private void Tell(bool isConnected)
    {
        if (isConnected)
        {
            LogRestored(logger, Name);
        }
        else
        {
            LogLost(logger, Name);
        }

        ConnectedChanged?.Invoke(isConnected);
    }

    /// <summary>How it says so depends on the moment: as an answer, or as the reason why there is no connection.</summary>
    private static bool IsRefusal(Exception? failure) => failure switch
    {
        null => false,
        RedisServerException or RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => true,
        _ => failure.Message.Contains("NOAUTH", StringComparison.Ordinal) || failure.Message.Contains("WRONGPASS", StringComparison.Ordinal)
            || IsRefusal(failure.InnerException),
    };

    private static bool IsAway(Exception? failure) =>
        failure is not null && (failure is RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect } || IsAway(failure.InnerException));

    private static ConfigurationOptions Options(string url)
    {
        var options = RedisUrl.Parse(url);
        options.ClientName = "nerve-center";
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = (int)s_patience.TotalMilliseconds;
        options.AsyncTimeout = (int)s_patience.TotalMilliseconds;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(1000);
        options.HeartbeatInterval = TimeSpan.FromSeconds(1);
        options.KeepAlive = 2;
        return options;
    }

    [LoggerMessage(1, LogLevel.Error, "{Absence}: this node goes on alone and joins the others when it does")]
    private static partial void LogUnreachable(ILogger logger, string absence);

    [LoggerMessage(2, LogLevel.Error, "{Name} is gone: this node goes on alone until it is back")]
    private static partial void LogLost(ILogger logger, string name);

    [LoggerMessage(3, LogLevel.Information, "{Name} is back")]
    private static partial void LogRestored(ILogger logger, string name);
}
