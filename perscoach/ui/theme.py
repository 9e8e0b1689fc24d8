"""How the app looks: one accent colour, system fonts (nothing is loaded from elsewhere), light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CSS = Path(__file__).resolve().parent / "shell" / "app.css"


def make_theme() -> Any:
    """Gradio's base theme with a quiet teal accent."""
    import gradio as gr
    from gradio.themes import colors, sizes

    fonts = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif")
    theme = gr.themes.Base(
        primary_hue=colors.teal,
        secondary_hue=colors.teal,
        neutral_hue=colors.slate,
        text_size=sizes.text_lg,
        spacing_size=sizes.spacing_md,
        radius_size=sizes.radius_lg,
        font=fonts,
        font_mono=("ui-monospace", "SFMono-Regular", "Consolas", "DejaVu Sans Mono", "monospace"),
    )
    return theme.set(
        body_background_fill="#f6f7f8",
        body_background_fill_dark="#12171c",
        block_background_fill="white",
        block_background_fill_dark="#1b2229",
        block_border_width="1px",
        block_shadow="none",
        block_label_text_weight="500",
        block_title_text_weight="500",
        button_primary_background_fill="#0f766e",
        button_primary_background_fill_hover="#115e59",
        button_primary_text_color="white",
        button_primary_background_fill_dark="#2dd4bf",
        button_primary_background_fill_hover_dark="#5eead4",
        button_primary_text_color_dark="#06231f",
        slider_color="#0f766e",
        slider_color_dark="#2dd4bf",
        input_border_width="1px",
    )


def head() -> str:
    """What Gradio adds to the page's head (the shell's script stands there earlier, see ``routes.PageFrame``)."""
    return '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
