"""Results that cannot be put where they should go."""

MESSAGES: dict[str, tuple[str, str]] = {
    "outputs.not_a_folder": (
        "{name} is a file, but the results need a folder. Choose another --output.",
        "{name} — это файл, а для результатов нужна папка. Выберите другой --output.",
    ),
    "outputs.foreign": (
        "{name} is there already and was not written by this command for this clip, or was changed since. Choose another "
        "--output, or add --replace to overwrite it.",
        "{name} уже есть: этот файл создан не этой командой для этого клипа или с тех пор изменён. Выберите другой "
        "--output или добавьте --replace, чтобы заменить его.",
    ),
    "outputs.folder_in_the_way": (
        "{name} is there already and is a folder or a link of yours, so it is not replaced. Choose another --output or "
        "--name.",
        "{name} уже есть, и это ваша папка или ссылка, поэтому она не заменяется. Выберите другой --output или --name.",
    ),
    "outputs.not_a_bundle": (
        "{name} is there already and is not a package, so it is not replaced. Choose another --output or --name.",
        "{name} уже есть, и это не пакет, поэтому папка не заменяется. Выберите другой --output или --name.",
    ),
    "outputs.input": (
        "{name} is read by this command and would be overwritten. Choose another --output.",
        "{name} нужен этой команде и был бы перезаписан. Выберите другой --output.",
    ),
}
