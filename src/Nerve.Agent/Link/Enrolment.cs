using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Nerve.Agent.Identity;
using Nerve.Protocol;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>Trades an enrolment token for an identity.</summary>
internal sealed class Enrolment(TimeProvider time)
{
    private const int MaxReplyBytes = 64 * 1024;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    /// <exception cref="EnrolmentException">The center cannot be reached or refuses; the message says why.</exception>
    public async Task<(AgentIdentity Identity, int HeartbeatSeconds)> EnrolAsync(
        Uri server, string token, EnrolRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await PostAsync(server, token, request, cancellationToken);
            var identity = new AgentIdentity(
                reply.AgentId, reply.Credential, server.AbsoluteUri, request.Fingerprint, time.GetUtcNow());
            return (identity, reply.HeartbeatSeconds);
        }
        catch (CenterRefusedException refusal) when (refusal.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new EnrolmentException($"the enrolment token was refused: {refusal.Message}", refusal);
        }
        catch (Exception failure) when (failure is JsonException or InvalidDataException)
        {
            throw new EnrolmentException("what answers there does not speak like a Nerve center", failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or SocketException or CenterRefusedException or IOException)
        {
            throw new EnrolmentException(CenterFault.Reason(failure), failure);
        }
        catch (TaskCanceledException slow) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EnrolmentException($"it did not answer within {s_deadline.TotalSeconds} s", slow);
        }
    }

    private async Task<EnrolReply> PostAsync(Uri server, string token, EnrolRequest request, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(CenterHttp.Handler(new HttpClientHandler(), time))
        {
            Timeout = s_deadline,
            MaxResponseContentBufferSize = MaxReplyBytes,
        };
        using var post = new HttpRequestMessage(HttpMethod.Post, CenterHttp.Address(server, ProtocolInfo.RegisterPath));
        post.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        post.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, AgentJsonContext.Default.EnrolRequest));
        post.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var response = await http.SendAsync(post, cancellationToken);
        // In memory by now. Not JSON's own reading of streams, of which there would be one in the program for every type of the protocol.
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return JsonSerializer.Deserialize(body, AgentJsonContext.Default.EnrolReply)
            is { Credential.Length: > 0 } reply && reply.AgentId != Guid.Empty
            ? reply
            : throw new InvalidDataException("The reply names no agent.");
    }
}

/// <summary>This machine is not enrolled, and why.</summary>
internal sealed class EnrolmentException(string message, Exception? inner = null) : Exception(message, inner);
