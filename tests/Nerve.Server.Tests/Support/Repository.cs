namespace Nerve.Server.Tests.Support;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    public static string File(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Nerve.slnx")))
            {
                return Path.Combine(folder.FullName, path);
            }
        }

        throw new InvalidOperationException("These tests run from inside the repository.");
    }
}
