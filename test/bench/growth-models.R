# Rscript growth-models.R FILE LEVELS: seconds that lme4 takes for the growth model of a table s, i, t, y, reading not counted.
suppressMessages(library(lme4))
given <- commandArgs(TRUE)
d <- read.csv(given[1])
f <- if (given[2] == "2") y ~ t + (t | i) else y ~ t + (t | s) + (t | i)
took <- system.time(m <- lmer(f, d, control = lmerControl(calc.derivs = FALSE)))
cat(sprintf('{"cpu_seconds": %.3f, "deviance": %.4f, "slope": %.8f}\n', took[["user.self"]] + took[["sys.self"]],
  -2 * as.numeric(logLik(m)), fixef(m)[[2]]))
