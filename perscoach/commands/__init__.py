"""What the subcommands do; the command line itself stands in ``perscoach.cli``."""
