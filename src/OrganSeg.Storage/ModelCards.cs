using System.Text;

namespace OrganSeg.Storage;

/// <summary>
/// The cards of published models: <c>{model}/{version}/card.md</c>, beside the sealed files and outside their digest. A card is
/// replaced whole, by a conditional write.
/// </summary>
internal sealed class ModelCards(IObjectStore store, string container, DatasetCatalogue datasets)
{
    public const string File = "card.md";

    /// <summary>Writes the first card of a version that nobody sees yet.</summary>
    public async Task BeginAsync(
        ModelDocument model, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, CancellationToken cancellationToken)
    {
        byte[] card = Render(
            model,
            await FindDatasetAsync(model, cancellationToken),
            file => files.TryGetValue(file, out ReadOnlyMemory<byte> content) ? content.ToArray() : null,
            ModelCardEvaluations.None);
        await store.WriteBytesAsync(container, BlobOf(model), card, WriteCondition.IfAbsent, cancellationToken);
    }

    /// <summary>The card; made anew without an evaluation for a version that has none.</summary>
    public async Task<string> ReadAsync(ModelDocument model, CancellationToken cancellationToken)
    {
        byte[]? card = await store.TryReadAllAsync(container, BlobOf(model), cancellationToken);
        if (card is null)
        {
            (DatasetManifest? dataset, Dictionary<string, byte[]> certificates) = await ReadSourcesAsync(model, cancellationToken);
            card = Render(model, dataset, certificates.GetValueOrDefault, ModelCardEvaluations.None);
        }

        return Encoding.UTF8.GetString(card);
    }

    /// <summary>The newest evaluation that a card tells of; null where there is none.</summary>
    public async Task<ModelEvaluation?> FindEvaluationAsync(ModelDocument model, CancellationToken cancellationToken) =>
        await store.TryReadAllAsync(container, BlobOf(model), cancellationToken) is { } card
            ? ModelCardEvaluations.Read(card).Latest
            : null;

    /// <summary>Makes a card tell of an evaluation. Of two at once none is lost.</summary>
    public async Task RecordAsync(ModelDocument model, ModelEvaluation evaluation, CancellationToken cancellationToken)
    {
        (DatasetManifest? dataset, Dictionary<string, byte[]> certificates) = await ReadSourcesAsync(model, cancellationToken);
        await ConditionalUpdate.RunAsync(
            store,
            container,
            BlobOf(model),
            before => Render(
                model,
                dataset,
                certificates.GetValueOrDefault,
                (before is null ? ModelCardEvaluations.None : ModelCardEvaluations.Read(before)).With(evaluation)),
            cancellationToken);
    }

    private static byte[] Render(
        ModelDocument model, DatasetManifest? dataset, Func<string, byte[]?> read, ModelCardEvaluations evaluations) =>
        Encoding.UTF8.GetBytes(new ModelCard(
            model,
            dataset,
            Certificate(read(ParityCertificate.File), json => ParityCertificate.FromJson(json)),
            Certificate(read(QuantizationCertificate.File), json => QuantizationCertificate.FromJson(json)),
            evaluations).Render());

    // A certificate that cannot be read is told of where a model is served; a card does without.
    private static T? Certificate<T>(byte[]? json, Func<byte[], T> parse)
        where T : class
    {
        try
        {
            return json is null ? null : parse(json);
        }
        catch (OrganSegException e) when (e.Kind is ErrorKind.Corrupt)
        {
            return null;
        }
    }

    private async Task<(DatasetManifest? Dataset, Dictionary<string, byte[]> Certificates)> ReadSourcesAsync(
        ModelDocument model, CancellationToken cancellationToken)
    {
        var certificates = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string file in (string[])[ParityCertificate.File, QuantizationCertificate.File])
        {
            if (model.Files.TryGetValue(file, out ModelFile? expected))
            {
                certificates[file] = await FileNames.ReadAsync(
                    store, container, VersionedFolders.Folder(model.Model, model.Version) + file, expected, cancellationToken);
            }
        }

        return (await FindDatasetAsync(model, cancellationToken), certificates);
    }

    /// <summary>The dataset a model learned from, if it is in this store and still the same.</summary>
    private async Task<DatasetManifest?> FindDatasetAsync(ModelDocument model, CancellationToken cancellationToken)
    {
        if (model.Dataset is null)
        {
            return null;
        }

        try
        {
            DatasetManifest manifest = await datasets.GetAsync(model.Dataset, cancellationToken);
            return model.DatasetDigest is null || manifest.Digest == model.DatasetDigest ? manifest : null;
        }
        catch (OrganSegException e) when (e.Kind is ErrorKind.Missing or ErrorKind.Corrupt or ErrorKind.Invalid)
        {
            return null;
        }
    }

    private static string BlobOf(ModelDocument model) => VersionedFolders.Folder(model.Model, model.Version) + File;
}
