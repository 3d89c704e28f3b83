Console.WriteLine("organseg");
