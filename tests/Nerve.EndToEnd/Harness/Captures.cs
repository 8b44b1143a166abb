using System.Diagnostics;

namespace Nerve.EndToEnd.Harness;

/// <summary>Captured machines, in <c>shared/fixtures</c> beside the repository or where NERVE_FIXTURES says. Tests that need them are skipped
/// where they are not.</summary>
internal static class Captures
{
    /// <param name="capture">The archive below the fixtures.</param>
    /// <param name="folder">Where its files go; several may go to one place.</param>
    public static async Task<string> UnpackAsync(string capture, string folder)
    {
        var archive = Find(capture);
        Assert.SkipWhen(archive is null, "No captured machines: put them into shared/fixtures beside the repository, or set NERVE_FIXTURES.");
        Directory.CreateDirectory(folder);
        // Links in a capture lead out of its folder, which .NET's reader refuses.
        using var tar = Process.Start("tar", ["-xzf", archive!, "-C", folder]);
        await tar.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, tar.ExitCode);
        return folder;
    }

    private static string? Find(string capture)
    {
        if (Environment.GetEnvironmentVariable("NERVE_FIXTURES") is { Length: > 0 } given)
        {
            return Path.Combine(given, capture);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, "shared/fixtures", capture) is var candidate && File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
