using OrganSeg.Imaging.Dicom;
using OrganSeg.Ingest.Sources;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>Notes each file that comes and gives it to the workers. For one caller at a time.</summary>
internal sealed class Receiver(
    Receipt receipt,
    SliceNormaliser slices,
    VolumeNormaliser volumes,
    Spool spool,
    WaitingWork waiting,
    Problems problems,
    ImportProgress progress,
    IngestOptions limits)
    : IDisposable
{
    private readonly Dictionary<(string Archive, string Folder, FileRole Role), ReceivedFolder> _folders = [];

    private readonly NiftiHalves _halves = new();

    /// <summary>Pieces of work given out so far.</summary>
    public int Work { get; private set; }

    /// <summary>Takes a file that was sent by itself; it is disposed of when it is done with.</summary>
    public async Task TakeAsync(UploadedFile file, CancellationToken cancellationToken)
    {
        var kind = SourceName.KindOf(file.Name)
            ?? (ArchiveReader.IsDicom((await file.ReadStartAsync(ArchiveReader.StartBytes, cancellationToken)).Span) ? SourceKind.Dicom : SourceKind.Slice);
        await TakeAsync(new ArchiveFile(file, kind, ""), archive: "", cancellationToken);
    }

    /// <summary>Takes a file out of an archive; it is disposed of when it is done with.</summary>
    /// <param name="source">The file.</param>
    /// <param name="archive">The archive's name.</param>
    /// <param name="cancellationToken">Ends the waiting for room.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: too many files.</exception>
    public async Task TakeAsync(ArchiveFile source, string archive, CancellationToken cancellationToken)
    {
        var file = source.File;
        progress.Receive.Advance();
        if (progress.Receive.Done > limits.MaxFiles)
        {
            file.Dispose();
            throw OrganSegException.Invalid(
                "files", $"are more than {limits.MaxFiles}, the most in one import; import them in parts.");
        }

        if (FileName.Problem(file.Name) is { } wrong)
        {
            Refuse(file, FileName.Shown(file.Name), wrong);
            return;
        }

        switch (source.Kind)
        {
            case SourceKind.Nifti:
                await TakeNiftiAsync(file, cancellationToken);
                break;
            case SourceKind.NiftiHalf:
                await TakeHalfAsync(source, archive, cancellationToken);
                break;
            case SourceKind.Dicom:
                await TakeDicomAsync(source, archive, cancellationToken);
                break;
            default:
                await TakeSliceAsync(file, cancellationToken);
                break;
        }
    }

    /// <summary>No more files come to the folders that there are.</summary>
    public async Task EndFoldersAsync(CancellationToken cancellationToken)
    {
        foreach (var folder in _folders.Values)
        {
            receipt.Add(folder);
            foreach (var series in folder.Series)
            {
                await AddAsync(new ImportWork(folder.Shown, [], token => ReadAsync(series, folder, token)), cancellationToken);
            }
        }

        _folders.Clear();
    }

    /// <summary>No more files come at all.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await EndFoldersAsync(cancellationToken);
        foreach (var (file, wrong) in _halves.Left())
        {
            problems.Add(file, wrong);
        }
    }

    public void Dispose() => _halves.Dispose();

    private async Task TakeSliceAsync(UploadedFile file, CancellationToken cancellationToken)
    {
        var (slice, wrong) = receipt.Slice(file);
        if (wrong is not null)
        {
            Refuse(file, file.Name, wrong);
            return;
        }

        await AddAsync(new ImportWork(file.Name, [file], token => slices.NormaliseAsync(slice, file, token)), cancellationToken);
    }

    private async Task TakeNiftiAsync(UploadedFile file, CancellationToken cancellationToken)
    {
        var (volume, wrong) = receipt.Volume(file);
        if (volume is null)
        {
            Refuse(file, file.Name, wrong!);
            return;
        }

        await AddAsync(
            new ImportWork(file.Name, [file], async token => volume.Content = await volumes.NiftiAsync(file, token)), cancellationToken);
    }

    private async Task TakeHalfAsync(ArchiveFile source, string archive, CancellationToken cancellationToken)
    {
        var (pair, wrong) = _halves.Take(source, archive);
        if (wrong is not null)
        {
            Refuse(source.File, source.File.Name, wrong);
        }

        if (pair is not var (header, image))
        {
            return;
        }

        (var volume, wrong) = receipt.Volume(header);
        if (volume is null)
        {
            image.Dispose();
            Refuse(header, header.Name, wrong!);
            return;
        }

        await AddAsync(
            new ImportWork(header.Name, [header, image], async token => volume.Content = await volumes.PairAsync(header, image, token)),
            cancellationToken);
    }

    /// <summary>Files of a series come one by one; until the last is there they wait in the spool.</summary>
    private async Task TakeDicomAsync(ArchiveFile source, string archive, CancellationToken cancellationToken)
    {
        using var file = source.File;
        var content = await file.ReadAsync(cancellationToken);
        DicomIdentity? identity;
        try
        {
            identity = DicomSeriesReader.Identify(content, file.Name);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
        {
            problems.Add(error, file.Name);
            return;
        }

        var wrong = (identity, file.Role) switch
        {
            (null, _) => "is no DICOM file; take it out, or copy it again.",
            ({ Kind: not DicomFileKind.Segmentation }, FileRole.Label) => "is DICOM, but no segmentation; send label volumes as DICOM SEG or NIfTI.",
            ({ Kind: DicomFileKind.Image, Modality: not "CT" }, _) => $"is {FileName.Shown(identity.Modality)}; only CT is taken. Leave it out.",
            _ => null,
        };
        if (wrong is not null)
        {
            problems.Add(file.Name, wrong);
        }
        else if (identity!.Kind == DicomFileKind.Segmentation)
        {
            IReadOnlyList<string> names = source.Fetched ? [identity.ReferencedSeries]
                : file.Role == FileRole.Label ? [SourceName.StemOf(file.Name), .. NamesOf(source, archive)]
                : NamesOf(source, archive);
            receipt.Add(new ReceivedSegmentation(file.Name, names, await spool.AppendRawAsync(content, cancellationToken))
            {
                Series = identity.ReferencedSeries,
                Fetched = source.Fetched,
            });
        }
        else if (identity.Kind == DicomFileKind.Image)
        {
            FolderOf(source, archive).SeriesOf(identity).Files.Add((file.Name, await spool.AppendRawAsync(content, cancellationToken)));
        }

        // Directories and reports lie beside most series, and are no part of them.
    }

    /// <summary>Scouts and pictures of doses lie beside most series. Whether it matters that one makes no volume shows when all are read.</summary>
    private async Task ReadAsync(ReceivedSeries series, ReceivedFolder folder, CancellationToken cancellationToken)
    {
        try
        {
            series.Content = await volumes.SeriesAsync(series, folder, spool, cancellationToken);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
        {
            series.Refused = error;
        }
    }

    private ReceivedFolder FolderOf(ArchiveFile source, string archive)
    {
        var key = (archive, source.Folder, source.File.Role);
        if (!_folders.TryGetValue(key, out var folder))
        {
            var names = NamesOf(source, archive);
            _folders.Add(key, folder = new ReceivedFolder(names.FirstOrDefault() ?? "DICOM files", names, source.File.Role, source.Fetched));
        }

        return folder;
    }

    /// <summary>What the series of a file may be called: as its folder, or as the archive.</summary>
    private static string[] NamesOf(ArchiveFile source, string archive) =>
        [.. ((string[])[source.Folder.Split('/')[^1], SourceName.StemOf(archive)]).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal)];

    private async Task AddAsync(ImportWork work, CancellationToken cancellationToken)
    {
        Work++;
        await waiting.AddAsync(work, cancellationToken);
    }

    private void Refuse(UploadedFile file, string shown, string wrong)
    {
        file.Dispose();
        problems.Add(shown, wrong);
    }
}
