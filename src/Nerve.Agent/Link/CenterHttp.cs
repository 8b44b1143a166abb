namespace Nerve.Agent.Link;

/// <summary>How HTTP is spoken with a center.</summary>
internal static class CenterHttp
{
    /// <summary>Redirects are not followed: a secret goes where it was told to go, or nowhere.</summary>
    public static HttpMessageHandler Handler(HttpMessageHandler inner, TimeProvider time)
    {
        if (inner is HttpClientHandler handler)
        {
            handler.AllowAutoRedirect = false;
            handler.UseCookies = true;
        }

        return new CenterRefusalHandler(inner, time);
    }

    /// <summary>A center may live below a path: <c>https://example.com/nerve</c>.</summary>
    public static Uri Address(Uri server, string path) => new(server.AbsoluteUri.TrimEnd('/') + path);
}
