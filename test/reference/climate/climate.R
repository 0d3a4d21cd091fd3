# Reference numbers for climate: reliability, one factor, intraclass correlations, shrunken means, small things.
# In this folder:  Rscript climate.R > climate.out      (R 4.2.2, lme4 1.1-31; stats::factanal is R's own)
suppressMessages(library(lme4))
say <- function(name, ...) cat(name, formatC(c(...), digits = 15, format = "g"), "\n")

alpha <- function(x) { k <- ncol(x); k / (k - 1) * (1 - sum(apply(x, 2, var)) / var(rowSums(x))) }
reliability <- function(name, x) {
  n <- nrow(x); k <- ncol(x); a <- alpha(x)
  say(paste(name, "n"), n)
  say(paste(name, "alpha"), a)
  # Feldt, Woodruff & Salih 1987, as psych::alpha.ci has it
  say(paste(name, "interval"), 1 - (1 - a) * qf(.975, n - 1, (n - 1) * (k - 1)), 1 - (1 - a) * qf(.025, n - 1, (n - 1) * (k - 1)))
  say(paste(name, "item-rest"), sapply(1:k, function(i) cor(x[, i], rowSums(x[, -i, drop = FALSE]))))
  f <- factanal(x, 1, control = list(nstart = 5, lower = .001, opt = list(factr = 10, pgtol = 1e-12)))
  l <- f$loadings[, 1] * sign(sum(f$loadings[, 1])); psi <- f$uniquenesses; s <- apply(x, 2, sd)
  say(paste(name, "loadings"), l)
  say(paste(name, "uniquenesses"), psi)
  say(paste(name, "omega correlation"), sum(l)^2 / (sum(l)^2 + sum(psi)))
  say(paste(name, "omega covariance"), sum(l * s)^2 / (sum(l * s)^2 + sum(psi * s^2)))
}
bfi <- as.matrix(read.csv("bfiA.csv"))
reliability("bfi", bfi)
reliability("bfi, A1 not reversed", cbind(A1 = 7 - bfi[, 1], bfi[, -1]))
reliability("attitude", as.matrix(attitude))
# a Heywood case: one item is the factor itself
set.seed(3); g <- rnorm(60); heywood <- round(cbind(a = g, b = g + rnorm(60), c = g + rnorm(60), d = g + 2 * rnorm(60)), 3)
write.csv(heywood, "heywood.csv", row.names = FALSE)
reliability("heywood", heywood)

schools <- function(name, d) {
  m <- lmer(y ~ 1 + (1 | s), d, REML = TRUE, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12), check.conv.singular = "ignore"))
  v <- as.data.frame(VarCorr(m))$vcov; r <- ranef(m, condVar = TRUE)$s
  a <- anova(lm(y ~ factor(s), d)); n <- table(d$s); n0 <- (sum(n) - sum(n^2) / sum(n)) / (length(n) - 1)
  msb <- a[1, 3]; msw <- a[2, 3]
  say(paste(name, "mean, se"), fixef(m), sqrt(vcov(m)[1, 1]))
  say(paste(name, "tau2, sigma2"), v)
  say(paste(name, "deviance"), REMLcrit(m))
  say(paste(name, "ICC1, ICC2"), (msb - msw) / (msb + (n0 - 1) * msw), (msb - msw) / msb)
  say(paste(name, "shrunken"), fixef(m) + r[, 1])
  say(paste(name, "conditional sd"), sqrt(attr(r, "postVar")[1, 1, ]))
}
d <- read.csv("climate.csv")
schools("climate", d)
uneven <- d[d$s < 9 & (seq_len(nrow(d)) * 7) %% 20 >= d$s, ]
say("uneven rows", nrow(uneven), table(uneven$s))
schools("uneven", uneven)
flat <- data.frame(s = rep(1:4, each = 5), y = rep(c(1, 2, 3, 4, 5), 4))
schools("flat", flat)

y <- c(3.2, 2.8, 3.6, 3.0, 2.4, 3.8, 3.4, 3.1, 2.9, 3.5, 3.3, 2.6); se <- sd(y) / sqrt(12) * sqrt(1 - 12 / 30)
say("finite mean, se, half-width", mean(y), se, qt(.975, 11) * se)
p <- c(.001, .008, .039, .041, .042, .06, .074, .205, .212, .216, .222, .251, .269, .275, .34, .341, .384, .569, .594, .696, .762, .94, .942, .975, .986)
say("BH", p.adjust(p, "BH"))
say("F quantiles", qf(.975, 196, 784), qf(.025, 196, 784), qf(.5, 1, 1), qf(.975, 1, 3), qf(.025, 9, 27), qf(.975, 4999, 34993))
w <- t.test(y[1:5], y[6:12])
say("Welch difference, low, high, df, p", w$estimate[1] - w$estimate[2], w$conf.int, w$parameter, w$p.value)
