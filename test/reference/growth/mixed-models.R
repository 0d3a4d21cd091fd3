# Reference numbers of lme4 for processors/statistics/mixed-model.ts. Writes mixed-models.json and the *-effects.csv beside it.
#   node --input-type=module -e "import {panelCsv, scorePanel} from './test/helpers/score-panel.ts'
#     process.stdout.write(panelCsv(scorePanel(5000, 25, 20261122)))" > /tmp/panel.csv
#   Rscript test/reference/growth/mixed-models.R /tmp/panel.csv
suppressMessages(library(lme4))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
panel <- commandArgs(TRUE)[1]
opts <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5), calc.derivs = FALSE)
num <- function(x) paste(format(x, digits = 13, scientific = TRUE, trim = TRUE), collapse = ", ")
part <- function(m, g) {
  v <- VarCorr(m)[[g]]
  sprintf('{"sd": [%s], "correlation": %s}', num(attr(v, "stddev")), num(attr(v, "correlation")[1, 2]))
}
slopes <- function(m, g, keep) {
  r <- ranef(m, condVar = TRUE)[[g]]
  se <- sqrt(attr(r, "postVar")[2, 2, ])
  keep <- intersect(keep, seq_len(nrow(r)))
  sprintf('[%s]', paste(sprintf('["%s", %s]', rownames(r)[keep],
    vapply(keep, function(k) num(c(r[k, 1], r[k, 2], se[k])), "")), collapse = ",\n      "))
}
one <- function(name, d, levels) {
  f <- if (levels == 2) y ~ t + (t | i) else y ~ t + (t | s) + (t | i)
  took <- system.time(m <- lmer(f, d, control = opts))[["elapsed"]]
  keep <- unique(round(seq(1, length(unique(d$i)), length.out = 60)))
  cat(name, levels, "levels:", took, "s\n", file = stderr())
  sprintf('  {"data": "%s", "levels": %d, "rows": %d,\n   "fixed": [%s], "se": [%s], "sigma": %s, "reml": %s,\n   "student": %s%s,\n   "effects": %s%s}',
    name, levels, nrow(d), num(fixef(m)), num(sqrt(diag(as.matrix(vcov(m))))), num(sigma(m)), num(-2 * as.numeric(logLik(m))),
    part(m, "i"), if (levels == 3) sprintf(',\n   "school": %s', part(m, "s")) else "",
    slopes(m, "i", keep), if (levels == 3) sprintf(',\n   "schools": %s', slopes(m, "s", 1:60)) else "")
}
sleep <- data.frame(s = 1, i = sleepstudy$Subject, t = sleepstudy$Days, y = sleepstudy$Reaction)
write.csv(sleep, file.path(here, "sleepstudy.csv"), row.names = FALSE, quote = FALSE)
eg <- read.csv(file.path(here, "..", "egsingle", "egsingle.csv"))
pa <- read.csv(panel)
all <- c(one("sleepstudy", sleep, 2), one("egsingle", eg, 2), one("egsingle", eg, 3), one("panel", pa, 2), one("panel", pa, 3))
cat(sprintf('{"lme4": "%s", "r": "%s", "fits": [\n%s\n]}\n', packageVersion("lme4"), getRversion(), paste(all, collapse = ",\n")),
  file = file.path(here, "mixed-models.json"))
