using Nerve.Agent.Inventories;
using Nerve.Agent.Policies;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Policies;

public sealed class PolicyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-test-").FullName;

    private string File => Path.Combine(_folder, "policy.yaml");

    [Fact]
    public void Read_RootsOwn_IsKept()
    {
        Write("read-only: true");

        Assert.True(Read().Policy?.ReadOnly);
    }

    [Theory]
    [InlineData("chmod g+w policy.yaml", "can be written by others than root: chmod go-w")]
    [InlineData("chmod o+w policy.yaml", "can be written by others than root: chmod go-w")]
    [InlineData("chown 1 policy.yaml", "belongs to user 1; it must be root's: chown root")]
    [InlineData("chmod o+w .", "can be written by others than root: chmod go-w")]
    [InlineData("chown 1 .", "belongs to user 1; it must be root's: chown root")]
    [InlineData("rm policy.yaml", "does not exist, and is the policy that this agent was told to keep")]
    [InlineData("mv policy.yaml real.yaml; ln -s gone.yaml policy.yaml", "is a link to a file that is not there")]
    [InlineData("mkdir open; chmod 777 open; mv policy.yaml open; ln -s open/policy.yaml .", "can be written by others than root: chmod go-w")]
    [InlineData("rm policy.yaml; mkdir policy.yaml", "cannot be read")]
    [InlineData("head -c 300000 /dev/zero > policy.yaml", "larger than 256 KiB")]
    [InlineData("echo 'kind: []' > policy.yaml", "policy.yaml:1: unknown key 'kind'")]
    [InlineData("echo '[' > policy.yaml", "policy.yaml:2: is not valid YAML")]
    public void Read_CannotBeTrusted_IsBroken(string damage, string error)
    {
        Write("read-only: false");
        Shell(damage);

        var reading = Read();

        Assert.Null(reading.Policy);
        Assert.Contains(error, Assert.Single(reading.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_Always_ShowsInInventoryAndDoctor()
    {
        Write("read-only: maybe");
        var file = new PolicyFile(File);
        using var tree = new TemporaryTree();

        var inventory = new InventoryCollector(tree.Root, TimeProvider.System, "1.0.0", policy: file).Collect();
        var check = Doctor.Examine(tree.Root, file).Single(check => check.Name == "task policy");

        var problem = inventory.Problems.Single(problem => problem.Source == File);
        Assert.Contains("every task is refused", problem.Reason, StringComparison.Ordinal);
        Assert.Contains("read-only: write true or false", problem.Reason, StringComparison.Ordinal);
        Assert.Equal((DoctorVerdict.Missing, $"{File}:1: read-only: write true or false"), (check.Verdict, check.Finding));
    }

    [Fact]
    public void None_InTheUsualPlace_LeavesAllToTheCenter()
    {
        Assert.SkipWhen(System.IO.File.Exists(PolicyFile.UsualPath), "This machine has a policy of its own.");

        var reading = new PolicyFile(null).Read();

        Assert.Null(reading.Policy);
        Assert.Empty(reading.Errors);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PolicyReading Read() => new PolicyFile(File).Read();

    private void Write(string text)
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can own a policy.");
        System.IO.File.WriteAllText(File, text);
    }

    private void Shell(string command)
    {
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = _folder })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
