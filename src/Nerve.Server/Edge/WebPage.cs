using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Nerve.Server.Edge;

/// <summary>The page, as built from <c>web/</c> into the program's <c>wwwroot/web</c>.</summary>
internal static class WebPage
{
    private const string Root = "/web";

    /// <summary>Matches <c>/web</c> and <c>/web/</c> too: to routing they are the same.</summary>
    private const string Pages = Root + "/{**path}";

    public static void MapWebPage(this WebApplication app)
    {
        app.MapGet("/", () => Results.Redirect(Root + "/")).AllowAnonymous().ExcludeFromDescription();
        var folder = Path.Combine(AppContext.BaseDirectory, "wwwroot", "web");
        if (!File.Exists(Path.Combine(folder, "index.html")))
        {
            app.MapGet(Pages, () => Results.Text(
                "The web page is not part of this build. Build it with: npm --prefix web ci && npm --prefix web run build", statusCode: 404))
                .AllowAnonymous().ExcludeFromDescription();
            return;
        }

        var files = new PhysicalFileProvider(folder);
        app.MapGet(Pages, (HttpContext context, string? path) => Serve(context, files, path)).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>A file that is there; else, for anything that looks like a page's address, the page itself.</summary>
    private static IResult Serve(HttpContext context, PhysicalFileProvider files, string? path)
    {
        if (context.Request.Path == Root)
        {
            return Results.Redirect(Root + "/");
        }

        var file = files.GetFileInfo(path ?? "");
        if (file is { Exists: true, IsDirectory: false, PhysicalPath: not null })
        {
            // Built files carry a hash of their content in their name.
            var isHashed = path!.StartsWith("assets/", StringComparison.Ordinal);
            context.Response.Headers.CacheControl = isHashed ? "public, max-age=31536000, immutable" : "no-cache";
            return Send(context, files, path, file);
        }

        if (Path.HasExtension(path))
        {
            return Results.NotFound();
        }

        context.Response.Headers.CacheControl = "no-cache";
        return Send(context, files, "index.html", files.GetFileInfo("index.html"));
    }

    /// <summary>What the build compressed beside a file goes instead of it where it is welcome; the rest is left to the compressing middleware.</summary>
    private static IResult Send(HttpContext context, PhysicalFileProvider files, string path, IFileInfo file)
    {
        var small = files.GetFileInfo(path + ".br");
        if (small.Exists)
        {
            context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
            if (TakesBrotli(context.Request))
            {
                context.Response.Headers.ContentEncoding = "br";
                file = small;
            }
        }

        return Results.File(file.PhysicalPath!, TypeOf(path), lastModified: file.LastModified, entityTag: Tag(file));
    }

    private static bool TakesBrotli(HttpRequest request) =>
        request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value.Equals("br", StringComparison.OrdinalIgnoreCase) && encoding.Quality != 0);

    private static string TypeOf(string path) =>
        new FileExtensionContentTypeProvider().TryGetContentType(path, out var type)
            ? type is "text/javascript" or "text/css" or "text/html" ? type + "; charset=utf-8" : type
            : "application/octet-stream";

    private static EntityTagHeaderValue Tag(IFileInfo file) => new($"\"{file.LastModified.ToUnixTimeMilliseconds():x}-{file.Length:x}\"");
}
