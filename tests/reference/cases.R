# Reference numbers for the survey core: our own invented data, R's survey package. Rscript cases.R
# writes own.csv, the replicate factors of its PSUs, designs.json, cases.json and results.csv beside itself.
suppressMessages(library(survey))
options(digits = 17, scipen = -2)
num <- function(x) trimws(formatC(as.numeric(x), digits = 12, format = "g"))

# --- invented respondents: 10 strata of 2 PSUs of 12 children --------------------------------------
set.seed(20261101)
own <- expand.grid(child = 1:12, psu = 1:2, stratum = 1:10)
n <- nrow(own)
place <- rep(rnorm(20, 0, 0.6), each = 12)
own$w <- round(rep(c(40, 55, 70, 90, 120), each = 48) * runif(n, 0.7, 1.4), 3)
own$fpc <- rep(c(9, 14, 22, 30, 11, 18, 25, 12, 40, 16), each = 24)
own$sex <- sample(c("boy", "girl"), n, TRUE)
own$age3 <- sample(c("12-14", "15-17", "9-11"), n, TRUE)
own$kind <- sample(c("phone", "shared", "tablet"), n, TRUE, c(0.6, 0.25, 0.15))
own$book <- sample(c("No", "Yes"), n, TRUE)
yes <- function(at, slope = 1) as.numeric(runif(n) < plogis(at + slope * place + 0.4 * (own$sex == "girl")))
own$qn1 <- yes(0.3); own$qn2 <- yes(-2.4); own$qn3 <- yes(-0.8); own$qn4 <- yes(1.6, 2)
own$qn1[sample(n, 19)] <- NA; own$qn2[sample(n, 11)] <- NA
own$x <- round(exp(1.2 + 0.4 * place + rnorm(n, 0, 0.5)), 3)
own$y <- round(50 + 8 * place + 2 * own$x + rnorm(n, 0, 9), 3); own$y[sample(n, 14)] <- NA
trait <- rnorm(n) + place
for (i in 1:5) own[[paste0("a", i)]] <- pmin(5, pmax(1, round(3 + 0.7 * trait + rnorm(n, 0, 0.9))))
own$a2[sample(n, 9)] <- NA
own$zero <- 0
write.csv(own, "own.csv", row.names = FALSE, na = "", quote = FALSE)
own <- read.csv("own.csv"); lonely <- own[!(own$stratum == 4 & own$psu == 2), ]

# --- what is written --------------------------------------------------------------------------------
cases <- character(); rows <- character(); designs <- character()
quoted <- function(v) {
  if (is.null(v) || length(v) == 0) return("[]")
  one <- if (is.character(v)) paste0('"', v, '"') else if (is.logical(v)) tolower(v) else num(v)
  if (length(v) == 1 && is.null(attr(v, "list"))) one else paste0("[", paste(one, collapse = ", "), "]")
}
many <- function(v) structure(v, list = TRUE)
object <- function(facts) paste0("{", paste0('"', names(facts), '": ', sapply(facts, quoted), collapse = ", "), "}")
begin <- function(id, family, call, design, ...) {
  cases <<- c(cases, object(list(case_id = id, family = family, r_function = call, design = design, ...)))
  current <<- id
}
say <- function(.by, .term, ...) { # a dot, for R matches `t` to `term`
  v <- list(...)
  for (stat in names(v)) rows <<- c(rows, paste(current, .by, .term, stat, num(v[[stat]]), sep = ","))
}
limits <- function(est, se, df) list(lo = est - qt(0.975, df) * se, hi = est + qt(0.975, df) * se)
level <- function(term, by, est, se, df) {
  l <- limits(est, se, df)
  say(by, term, est = est, se = se, ci_lo = l$lo, ci_hi = l$hi, cv = se / abs(est))
}
under <- function(frame, by) apply(frame[by], 1, function(v) paste0(by, "=", v, collapse = ";"))

# --- designs ----------------------------------------------------------------------------------------
describe <- function(id, ...) designs <<- c(designs, object(list(design_id = id, ...)))
D <- list(
  own_strata = svydesign(~psu, strata = ~stratum, weights = ~w, data = own, nest = TRUE),
  own_fpc = svydesign(~psu, strata = ~stratum, weights = ~w, fpc = ~fpc, data = own, nest = TRUE),
  own_rows = svydesign(~1, weights = ~w, data = own),
  own_stratified = svydesign(~1, strata = ~stratum, weights = ~w, data = own)
)
describe("own_strata", dataset = "own", ids = many("psu"), strata = "stratum", weights = "w")
describe("own_fpc", dataset = "own", ids = many("psu"), strata = "stratum", weights = "w", fpc = "fpc")
describe("own_rows", dataset = "own", ids = many(character()), weights = "w")
describe("own_stratified", dataset = "own", ids = many(character()), strata = "stratum", weights = "w")

estimate <- function(kind, name, d, y, by = NULL) {
  f <- list(mean = svymean, total = svytotal)[[kind]]
  form <- as.formula(paste0("~", paste(y, collapse = "+"))); df <- degf(d)
  rep <- inherits(d, "svyrep.design")
  family <- if (!is.null(by)) "domain" else if (rep) "replicate" else kind
  id <- paste(c(if (!is.null(by)) "by", kind, name, y, by), collapse = "_")
  call <- paste0(if (!is.null(by)) "svyby ", "svy", kind, "(", deparse(form), ", na.rm = TRUE)")
  if (is.null(by)) {
    begin(id, family, call, name, y = many(y))
    m <- f(form, d, na.rm = TRUE)
    for (i in seq_along(y)) level(y[i], "", coef(m)[[i]], as.numeric(SE(m))[i], df)
    if (length(y) == 1 && !rep) say("", y, deff = deff(f(form, d, na.rm = TRUE, deff = TRUE)))
    say("", "", df = df)
  } else {
    begin(id, family, call, name, y = many(y), by = many(by))
    m <- svyby(form, as.formula(paste0("~", paste(by, collapse = "+"))), d, f, na.rm = TRUE)
    for (i in seq_len(nrow(m))) level(y, under(m, by)[i], coef(m)[[i]], SE(m)[i], df)
  }
}
share <- function(name, d, y) {
  rep <- inherits(d, "svyrep.design")
  begin(paste("prop", name, y, sep = "_"), if (rep) "replicate" else "prop", paste0("svymean(~factor(", y, "))"), name, y = y)
  m <- svymean(as.formula(paste0("~factor(", y, ")")), d)
  for (i in seq_along(coef(m))) level(sub("^factor\\(.*\\)", "", names(coef(m))[i]), "", coef(m)[[i]], as.numeric(SE(m))[i], degf(d))
}
for (name in names(D)) {
  d <- D[[name]]
  for (y in c("y", "x", "qn1", "qn2")) estimate("mean", name, d, y)
  for (y in c("y", "x")) estimate("total", name, d, y)
  for (y in c("kind", "age3")) share(name, d, y)
  estimate("mean", name, d, "y", "sex"); estimate("mean", name, d, "qn1", "kind")
  estimate("mean", name, d, "qn3", c("sex", "age3")); estimate("total", name, d, "x", "age3")
  begin(paste0("ratio_", name), "ratio", "svyratio(~y, ~x, na.rm = TRUE)", name, y = "y", x = "x")
  r <- svyratio(~y, ~x, d, na.rm = TRUE); l <- limits(coef(r), SE(r), degf(d))
  say("", "y/x", est = coef(r), se = SE(r), ci_lo = l$lo, ci_hi = l$hi)
  begin(paste0("domain_", name), "domain", "svymean(~y, subset(x > 4), na.rm = TRUE)", name, y = "y", where = "x > 4")
  inside <- subset(d, x > 4 & !is.na(y)); m <- svymean(~y, inside)
  level("y", "", coef(m), as.numeric(SE(m)), degf(inside))
}

# --- intervals, quantiles, tests, models -----------------------------------------------------------
for (name in names(D)) {
  d <- D[[name]]; df <- degf(d)
  for (y in c("qn3", "qn4")) {
    begin(paste("ciprop", name, y, sep = "_"), "prop_ci", "svyciprop(method = term, df = degf)", name, y = y)
    for (m in c("logit", "beta", "asin", "mean", "xlogit")) {
      p <- svyciprop(as.formula(paste0("~", y)), d, method = m, df = df); l <- attr(p, "ci")
      say("", m, est = as.numeric(p), ci_lo = l[[1]], ci_hi = l[[2]])
    }
  }
  for (y in c("x", if (grepl("strata|fpc", name)) "y" else "a1")) {
    probs <- c(0.1, 0.25, 0.5, 0.9)
    begin(paste("quantile", name, y, sep = "_"), "quantile", "svyquantile(interval.type, qrule as in term)", name, y = y, probs = probs)
    for (kind in c("mean", "beta", "xlogit")) for (rule in c("math", "school", "hf7", "hf2")) {
      q <- svyquantile(as.formula(paste0("~", y)), d, probs, na.rm = TRUE, interval.type = kind, qrule = rule)[[1]]
      for (i in seq_along(probs)) {
        say("", sprintf("%s@%g|%s|%s", y, probs[i], kind, rule), est = q[i, 1], ci_lo = q[i, 2], ci_hi = q[i, 3], se = q[i, 4])
      }
    }
  }
  for (pair in list(c("kind", "sex"), c("qn3", "age3"), c("book", "kind"))) {
    begin(paste(c("chisq", name, pair), collapse = "_"), "chisq", "svychisq(statistic = term)", name, rows = pair[1], cols = pair[2])
    for (s in c("F", "Chisq", "saddlepoint", "Wald", "adjWald")) {
      t <- svychisq(as.formula(paste0("~", pair[1], "+", pair[2])), d, statistic = s)
      say("", s, statistic = t$statistic, p_value = t$p.value)
      if (s == "F") say("", s, ndf = t$parameter[[1]], ddf = t$parameter[[2]])
    }
  }
  for (y in c("y", "x", "qn1")) {
    begin(paste("ttest", name, y, sep = "_"), "ttest", "svyttest(y ~ book)", name, y = y, group = "book")
    t <- svyttest(as.formula(paste(y, "~ book")), d)
    say("", "", diff = t$estimate, t = t$statistic, df = t$parameter, p_value = t$p.value)
  }
  begin(paste0("contrast_", name), "contrast", "svycontrast(svyby(covmat = TRUE), Yes - No; Yes / No)", name, y = "x", by = "book")
  s <- svyby(~x, ~book, d, svymean, covmat = TRUE)
  a <- svycontrast(s, c(No = -1, Yes = 1)); b <- svycontrast(s, quote(Yes / No))
  say("", "diff", est = coef(a), se = SE(a)); say("", "ratio", est = coef(b), se = SE(b))
  for (m in list(
    list("gauss", "y ~ x + kind", gaussian(), "gaussian/identity"), list("logit", "qn1 ~ x + kind", quasibinomial(), "binomial/logit"),
    list("count", "a1 ~ x + kind", quasipoisson(), "poisson/log")
  )) {
    begin(paste("glm", m[[1]], name, sep = "_"), "glm", "svyglm, regTermTest", name, formula = m[[2]], family_link = m[[4]])
    fit <- svyglm(as.formula(m[[2]]), d, family = m[[3]], control = list(epsilon = 1e-14)); s <- summary(fit)$coefficients
    for (i in seq_len(nrow(s))) {
      term <- rownames(s)[i]
      say("", term, coef = s[i, 1], se = s[i, 2], t = s[i, 3], p_value = s[i, 4])
    }
    say("", "", df = fit$df.residual)
    for (v in c("x", "kind")) {
      t <- regTermTest(fit, as.formula(paste0("~", v)))
      say("", paste0("term:", v), F = t$Ftest, ndf = t$df, ddf = t$ddf, p_value = t$p)
    }
  }
  begin(paste0("alpha_", name), "reliability", "svycralpha(~a1+a2+a3+a4+a5, na.rm = TRUE)", name, items = paste0("a", 1:5))
  say("", "alpha", est = svycralpha(~ a1 + a2 + a3 + a4 + a5, d, na.rm = TRUE))
}

# --- a stratum with one PSU -------------------------------------------------------------------------
for (rule in c("adjust", "average", "certainty")) {
  name <- paste0("own_lonely_", rule)
  describe(name, dataset = "lonely", ids = many("psu"), strata = "stratum", weights = "w", lonely_psu = rule)
  options(survey.lonely.psu = rule)
  d <- svydesign(~psu, strata = ~stratum, weights = ~w, data = lonely, nest = TRUE)
  for (y in c("x", "qn3")) {
    begin(paste("lonely", rule, y, sep = "_"), "lonely_psu", "svymean, options(survey.lonely.psu)", name, y = y)
    m <- svymean(as.formula(paste0("~", y)), d); level(y, "", coef(m), as.numeric(SE(m)), degf(d))
  }
  begin(paste("lonely_by", rule, sep = "_"), "lonely_psu", "svyby(svymean), options(survey.lonely.psu)", name, y = "qn3", by = "sex")
  m <- svyby(~qn3, ~sex, d, svymean)
  for (i in 1:2) level("qn3", under(m, "sex")[i], coef(m)[[i]], SE(m)[i], degf(d))
}
options(survey.lonely.psu = "fail")

# --- replicate weights ------------------------------------------------------------------------------
R <- list(
  own_jkn = list("JKn", as.svrepdesign(D$own_strata, type = "JKn", compress = FALSE)),
  own_brr = list("BRR", as.svrepdesign(D$own_strata, type = "BRR", compress = FALSE)),
  own_fay = list("Fay", as.svrepdesign(D$own_strata, type = "Fay", fay.rho = 0.3, compress = FALSE)),
  own_boot = list("subbootstrap", as.svrepdesign(D$own_strata, type = "subbootstrap", replicates = 20, compress = FALSE))
)
for (name in names(R)) {
  d <- R[[name]][[2]]
  first <- !duplicated(own[c("stratum", "psu")]) # all rows of a PSU share its factors
  f <- (weights(d, "analysis") / own$w)[first, ]; colnames(f) <- paste0("r", seq_len(ncol(f)))
  write.csv(data.frame(own[first, c("stratum", "psu")], apply(f, 2, num)), paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
  describe(name, dataset = "own", base_design = "own_strata", type = R[[name]][[1]], scale = d$scale,
           rscales = many(d$rscales), rho = if (is.null(d$rho)) 0 else d$rho, mse = d$mse)
  for (y in c("y", "x", "qn1")) estimate("mean", name, d, y)
  estimate("total", name, d, "x"); share(name, d, "kind")
  estimate("mean", name, d, "y", "sex"); estimate("mean", name, d, "qn3", c("sex", "age3"))
}

# --- Korn-Graubard as NCHS uses it, computed here from R's parts ----------------------------------------
for (by in list(character(), "sex", "age3", c("sex", "age3"))) {
  begin(paste(c("table_own", by), collapse = "_"), "table", "svymean(subset()), qbeta: Korn & Graubard 1998, NCHS 2017", "own_strata", y = "every qn", by = many(by))
  groups <- if (length(by)) unique(own[by]) else data.frame(all = 1)
  for (g in seq_len(nrow(groups))) for (q in paste0("qn", 1:4)) {
    inside <- !is.na(own[[q]])
    for (b in by) inside <- inside & own[[b]] == groups[g, b]
    d <- subset(D$own_strata, inside); m <- svymean(as.formula(paste0("~", q)), d)
    p <- coef(m)[[1]]; se <- as.numeric(SE(m)); size <- sum(inside); df <- degf(d)
    eff <- if (p %in% c(0, 1) || se == 0) size else min(size, p * (1 - p) / se^2 * (qt(0.975, size - 1) / qt(0.975, df))^2)
    x <- eff * p
    key <- if (length(by)) paste0(by, "=", unlist(groups[g, by, drop = FALSE]), collapse = ";") else ""
    say(key, q, est = p, se = se, n = size, n_yes = sum(own[[q]][inside]), degf_subset = df, kg_neff = eff,
        kg_lo = qbeta(0.025, x, eff - x + 1), kg_hi = qbeta(0.975, x + 1, eff - x))
  }
}
p <- c(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0344, 0.0459, 0.324, 0.5719, 1)
begin("own_padjust", "multiple_testing", "p.adjust(method = term)", "none", p = p)
for (m in c("bonferroni", "holm", "hochberg", "hommel", "BH", "BY")) {
  a <- p.adjust(p, m); for (i in seq_along(p)) say(paste0("i=", i), m, p_adj = a[i])
}

writeLines(paste0("[\n", paste(designs, collapse = ",\n"), "\n]"), "designs.json")
writeLines(paste0("[\n", paste(cases, collapse = ",\n"), "\n]"), "cases.json")
writeLines(c("case_id,by,term,stat,value", rows), "results.csv")
