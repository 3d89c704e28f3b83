namespace OrganSeg.AppHost.Offline;

/// <summary>Refuses services that wait for each other: they would never start.</summary>
internal static class StartOrder
{
    public static void Check(IReadOnlyCollection<ProjectResource> services)
    {
        var done = new HashSet<ProjectResource>();
        foreach (var service in services)
        {
            Visit(service, []);
        }

        void Visit(ProjectResource service, List<ProjectResource> path)
        {
            if (path.Contains(service))
            {
                throw new InvalidOperationException(
                    $"Services wait for each other: {string.Join(" → ", path.Append(service).Select(s => s.Name))}.");
            }

            if (done.Contains(service))
            {
                return;
            }

            path.Add(service);
            foreach (var dependency in service.WaitsFor.OfType<ProjectResource>())
            {
                Visit(dependency, path);
            }

            path.Remove(service);
            done.Add(service);
        }
    }
}
