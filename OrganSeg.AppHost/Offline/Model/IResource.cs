namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the application: a service, a store, a connection string.</summary>
public interface IResource
{
    /// <summary>Name of the resource, unique in the application.</summary>
    string Name { get; }
}
