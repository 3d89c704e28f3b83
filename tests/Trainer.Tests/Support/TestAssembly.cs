using System.Runtime.CompilerServices;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Support;

internal static class TestAssembly
{
    [ModuleInitializer]
    internal static void BeforeTheFirstTensor() => PatientThreads.Ask();
}
