"""The code of a language: one that ships, or one that the project has a folder for."""

from typing import Annotated

from pydantic import AfterValidator, Field

from digicit_lib.language import languages


def _spoken(code: str) -> str:
    if code not in (codes := languages()):
        raise ValueError(f"one of {', '.join(codes)}; `digicit translate` begins another")
    return code


Language = Annotated[
    str, AfterValidator(_spoken), Field(description="en, ru, uk, tr, or a folder of locale/")
]
