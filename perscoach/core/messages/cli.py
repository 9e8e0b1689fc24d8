"""What the command line prints."""

MESSAGES: dict[str, tuple[str, str]] = {
    "cli.broken": (
        "An internal error in perscoach: {what}. PERSCOACH_DEBUG=1 prints the traceback.",
        "Внутренняя ошибка perscoach: {what}. PERSCOACH_DEBUG=1 покажет, где она возникла.",
    ),
}
