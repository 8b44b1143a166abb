Console.WriteLine("nerve-agent");
