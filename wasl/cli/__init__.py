"""The command line: one module a verb, and the only place that prints.

To add a verb: write `wasl/cli/<verb>.py` and one line of `VERBS` in `wasl/cli/main.py`. The module
has

    def configure(parser: argparse.ArgumentParser) -> None     # the verb's own arguments
    def run(args: argparse.Namespace, context: Context) -> ExitCode

`--format`, `--output`, `--language` and `--yes` are there already and mean the same everywhere. A
verb builds a `Report` and hands it to `context.report`; it asks through `context.confirm` and
shows progress on `context.console`. Its module docstring is what `wasl <verb> --help` says. It is
imported only when the verb is used, so its imports cost nobody else anything; whatever it raises
is dealt with in `main`.
"""
