"""The command `spikesift`: the same jobs as in the window, from a terminal.

Exit status: 0 done; 1 failed, in words on standard error; 2 wrong usage; 130 stopped with Ctrl+C.
Results go to standard output, progress and remarks to standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback

from spikesift_core.commands import COMMANDS, Answer, Command
from spikesift_core.commands.options import WrongUsage
from spikesift_core.messages import say
from spikesift_core.version import VERSION

DESCRIPTION = "SpikeSift: drift-resilient spike sorting. From a raw recording to units followed through time."
EPILOG = """\
a first try:
  spikesift simulate --seconds 60 --output sim
  spikesift sort sim.bin --probe sim_probe.csv --dtype int16 --sampling-frequency 30000
  spikesift info sim.spikesift

exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped with Ctrl+C (finished segments are kept)
`spikesift COMMAND --help` explains a command. The window is `spikesift-gui`.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal that knows few signs should not stop a result
    parser = make_parser(arguments)
    args, unknown = parser.parse_known_args(arguments)
    if unknown and args.command is not None:
        args.fail(f"not known here: {' '.join(unknown)}. All options: spikesift {args.command.name} --help")
    if args.command is None:
        parser.print_help()
        return 2
    try:
        answer = args.command.run(args)
    except WrongUsage as error:
        args.fail(str(error))
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    except (ValueError, OSError) as error:
        say(f"spikesift {args.command.name}: {error}")
        return 1
    except MemoryError:
        say(f"spikesift {args.command.name}: there is not enough memory. Fewer --threads need less.")
        return 1
    except Exception as error:
        say(traceback.format_exc())
        say(f"spikesift {args.command.name}: an error that was not expected, please report it: {error!r}")
        return 1
    return _put_out(answer, args.json)


def _put_out(answer: Answer, as_json: bool) -> int:
    try:
        print(json.dumps(answer.data, ensure_ascii=False, allow_nan=False) if as_json else answer.text, flush=True)
    except BrokenPipeError:  # whoever read has closed the pipe, as `head` does
        sys.stderr.close()
        return 1
    return answer.status


def make_parser(arguments: list[str] | None = None) -> argparse.ArgumentParser:
    """The parser; given a command line, only the command it names declares its options, so that help comes at once."""
    parser = argparse.ArgumentParser(
        prog="spikesift", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"spikesift {VERSION}")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        subparser = commands.add_parser(
            command.name,
            help=command.help,
            usage=f"spikesift {command.name} {command.usage}",
            description=command.help[0].upper() + command.help[1:] + ".",
            epilog=_examples(command),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        subparser.set_defaults(command=command, fail=subparser.error)
        if arguments is None or command.name in arguments:
            command.add_arguments(subparser)
            subparser.add_argument("--json", action="store_true", help="answer in JSON, for a script")
    return parser


def _examples(command: Command) -> str:
    return "examples:\n" + "\n".join(f"  {example}" for example in command.examples)


if __name__ == "__main__":
    sys.exit(main())
