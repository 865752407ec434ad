"""Design-based estimation: weights, strata, PSUs and replicate weights in, tidy frames of estimates out.

``table`` gives every indicator by every breakdown at once; the other functions are readable ways into the
same engine. Defaults: the domain's own degrees of freedom, Korn-Graubard intervals, missing answers leave
the domain but never the design. ``df="design"`` with ``ci="logit"`` gives R survey's numbers.
"""

from digicit_lib.survey.design import SurveyDesign
from digicit_lib.survey.estimates import difference, mean, proportion, ratio, total
from digicit_lib.survey.intervals import interval
from digicit_lib.survey.multiple import adjust_p
from digicit_lib.survey.quantiles import quantile
from digicit_lib.survey.regression import regression
from digicit_lib.survey.reliability import effect_size, reliability
from digicit_lib.survey.table import table
from digicit_lib.survey.tests import association, contrast, letters, trend
from digicit_lib.survey.verdicts import changes, families, verdicts, within_scale
from digicit_lib.survey.weighting import calibrate, trim, weight_report
