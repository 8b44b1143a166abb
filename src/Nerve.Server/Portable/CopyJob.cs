namespace Nerve.Server.Portable;

/// <summary>Moves a fleet from one database into another, section by section. A section that is there already, to the last record, is passed over,
/// and records that are there are left: so a copy that was cut off is resumed by doing it again. Samples that are there are passed over quickly, so that
/// millions of them are no reason to begin anew.</summary>
public static class CopyJob
{
    private const int RecordsAtOnce = 500;

    /// <param name="source">The database to read.</param>
    /// <param name="target">The one to write. It is marked with <paramref name="filling"/> until it holds all, unless it had a fleet before: that one's
    /// center is not to be stopped by somebody's mistake.</param>
    /// <param name="filling">What is being done.</param>
    /// <param name="tell">Called with each section that is done.</param>
    /// <param name="cancellationToken">Ends it; to be done again.</param>
    /// <returns>The names of sections whose target differs from the source in the end; empty when all is well.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        IPortableStorage source, IPortableStorage target, Filling filling, Action<Section, SectionSum> tell, CancellationToken cancellationToken)
    {
        if (await target.FindFillingAsync(cancellationToken) is not null || await Section.FirstFilledAsync(target, cancellationToken) is null)
        {
            await target.BeginFillingAsync(filling, cancellationToken);
        }

        var different = new List<string>();
        await using var snapshot = await source.SnapshotAsync(cancellationToken);
        foreach (var section in Section.All)
        {
            var wanted = await section.SumAsync(snapshot, cancellationToken);
            if (await SumAsync(target, section, cancellationToken) != wanted)
            {
                await CopyAsync(section, snapshot, target, cancellationToken);
                if (await SumAsync(target, section, cancellationToken) != wanted)
                {
                    different.Add(section.Name);
                }
            }

            tell(section, wanted);
        }

        if (different.Count == 0)
        {
            await target.EndFillingAsync(cancellationToken);
        }

        return different;
    }

    private static async Task CopyAsync(Section section, ISnapshot source, IPortableStorage target, CancellationToken cancellationToken)
    {
        var lines = new List<string>(RecordsAtOnce);
        await foreach (var line in section.ReadAsync(source, cancellationToken))
        {
            lines.Add(line);
            if (lines.Count == RecordsAtOnce)
            {
                await section.ImportAsync(target, lines, cancellationToken);
                lines.Clear();
            }
        }

        if (lines.Count > 0)
        {
            await section.ImportAsync(target, lines, cancellationToken);
        }
    }

    private static async Task<SectionSum> SumAsync(IPortableStorage storage, Section section, CancellationToken cancellationToken)
    {
        await using var snapshot = await storage.SnapshotAsync(cancellationToken);
        return await section.SumAsync(snapshot, cancellationToken);
    }
}
