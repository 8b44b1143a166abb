using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

/// <summary>At the very first start there is nobody yet: make <c>admin</c> with a random password.</summary>
public static class FirstAdmin
{
    public const string FileName = "initial-admin-password";

    /// <summary>The new password, or null if there are users already. It is also kept in the data folder, readable by its owner only.</summary>
    public static async Task<string?> EnsureAsync(IUserStore users, UserService service, string dataDirectory, CancellationToken cancellationToken)
    {
        if ((await users.ListAsync(cancellationToken)).Count > 0)
        {
            return null;
        }

        var password = UserService.RandomText(18);
        var path = Path.Combine(dataDirectory, FileName);

        // The file first: a crash in between leaves an unused password behind rather than a user nobody can be.
        await using (var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(password + "\n"), cancellationToken);
        }

        try
        {
            await service.AddAsync("admin", password, Role.Admin, cancellationToken);
        }
        catch (ProblemException exception) when (exception.Code == "user.exists")
        {
            return null;
        }

        return password;
    }
}
