using OrganSeg.Cli;

using var signals = new StopSignals();
var commandLine = new CommandLine(Console.Out, Console.Error, TimeProvider.System);
var exitCode = await commandLine.RunAsync(args, signals.Token);
return exitCode == ExitCode.Done ? exitCode : signals.ExitCode ?? exitCode;
