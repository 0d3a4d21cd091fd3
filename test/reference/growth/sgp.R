# Student growth percentiles by R, for test/processors/growth-percentiles.test.ts. Run here: Rscript sgp.R
# Needs quantreg 5.94 and splines; quantile regression by Barrodale and Roberts' simplex (method "br").
suppressMessages({ library(quantreg); library(splines) })

taus <- (1:100 - .5) / 100
knots <- function(x) round(as.vector(quantile(x, c(.2, .4, .6, .8))), 3)
boundary <- function(x) round(extendrange(x, f = .1), 3)
basis <- function(x) bs(x, knots = knots(x), Boundary.knots = boundary(x))

write <- function(file, lines) { to <- gzfile(file, "w"); writeLines(lines, to); close(to) }

# digits: 17 write every number so that it is read back exactly, 15 do for scores with few decimals
reference <- function(name, d, digits = 15) {
  X <- cbind(1, basis(d$p1), basis(d$p2))
  coefficients <- sapply(taus, function(tau) suppressWarnings(rq.fit.br(X, d$y, tau = tau)$coefficients))
  fitted <- X %*% coefficients
  below <- rowSums(round(t(apply(fitted, 1, sort)), 5) < d$y)
  d$sgp <- pmin(99, pmax(1, below))
  loss <- sapply(1:100, function(k) { r <- d$y - fitted[, k]; sum(r * (taus[k] - (r < 0))) })
  lines <- function(m) apply(format(m, digits = 15, trim = TRUE), 1, paste, collapse = ",")
  write(paste0("sgp-", name, ".csv.gz"), c(paste(names(d), collapse = ","), do.call(paste, c(lapply(d, function(v) if (is.numeric(v)) sapply(v, format, digits = digits) else v), sep = ","))))
  write(paste0("sgp-", name, "-fits.csv.gz"), lines(cbind(tau = taus, loss = loss, t(coefficients))))
  writeLines(lines(X[1:20, ]), paste0("sgp-", name, "-basis.csv"))
  cat(name, nrow(d), "knots", knots(d$p1), "|", knots(d$p2), "boundary", boundary(d$p1), "|", boundary(d$p2), "mean", format(mean(d$sgp), digits = 8), "\n")
}

# Real scores: years -0.5, 0.5 and 1.5 of egsingle, children in the order of their ids as text.
eg <- read.csv("../egsingle/egsingle.csv", colClasses = c("character", "character", "numeric", "numeric"))
eg <- reshape(eg[eg$t %in% c(-.5, .5, 1.5), ], idvar = c("i", "s"), timevar = "t", direction = "wide")
eg <- eg[complete.cases(eg), ]
eg <- eg[order(eg$i, method = "radix"), ]
reference("egsingle", data.frame(i = eg$i, s = eg$s, p2 = eg[["y.-0.5"]], p1 = eg[["y.0.5"]], y = eg[["y.1.5"]]))

# Made: a true status, two gains, and noise that grows away from the middle; then the same in whole points, with many ties.
make <- function(n) {
  set.seed(20260 + n)
  status <- rnorm(n); gain1 <- rnorm(n, .4, .15); gain2 <- rnorm(n, .35, .15)
  scale <- function(t) 500 + 50 * t
  p2 <- scale(status) + rnorm(n, 0, 14)
  p1 <- scale(status + gain1) + rnorm(n, 0, 14)
  data.frame(p2, p1, y = scale(status + gain1 + gain2) + rnorm(n, 0, 14 + 4 * abs(status)))
}
made <- make(5000)
reference("continuous", made, digits = 17)
reference("whole", round(made))
