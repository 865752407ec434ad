"""What of a survey stands in its exhibits, so that nothing is lost and nothing said twice."""

from dataclasses import dataclass, field
from typing import Any

from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_story import SurveyStory


@dataclass
class Prints:
    """What was printed so far.

    Attributes
    ----------
    indicators : set of str
        Those whose level stands in an exhibit.
    marks : set of str
        Qualities of the numbers that exhibits show.
    drawn : set of str
        Evidence that stands in a figure of everyone, or of a single indicator beside its groups.
    """

    indicators: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    drawn: set[str] = field(default_factory=set)

    def remember(self, result: Any) -> None:
        """A result that an exhibit shows."""
        if isinstance(result, Result) and {"indicator", "statistic"} <= set(result.frame):
            levels = result.frame[result.frame["statistic"] != "diff"]
            self.indicators |= set(levels["indicator"])
            self.marks |= set(result.frame["quality"])

    def stands_alone(self, result: Result, story: SurveyStory) -> Result:
        """The result as its figure shows it, one indicator beside its groups; its numbers are remembered."""
        lone = story.beside_groups(result)
        if lone is not result or ("by" in result.frame and not result.frame["by"].any()):
            self.drawn.update(lone.frame["id"])
        return lone

    def says_already(self, result: Any) -> bool:
        """Whether a figure of everyone, or of one indicator, holds every row of a table."""
        has_ids = isinstance(result, Result) and "id" in result.frame
        rows = set(result.frame["id"]) if has_ids else set()
        return bool(rows) and rows <= self.drawn
