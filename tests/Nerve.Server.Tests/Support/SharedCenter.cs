namespace Nerve.Server.Tests.Support;

/// <summary>One center for the tests of a class that do not disturb each other.</summary>
public sealed class SharedCenter : IAsyncLifetime
{
    internal TestCenter Center { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Center = await TestCenter.StartAsync();

    public async ValueTask DisposeAsync() => await Center.DisposeAsync();
}
