// Gradients by ADOL-C of three of the problems: recorded anew for each gradient, as in the other tools, then one
// reverse sweep. Prints the columns of the Rust table.

#include <adolc/adolc.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr short kTape = 1;
constexpr int kSamples = 12;

double seconds(const std::function<void()>& f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Times {
    double least, median;
};

Times sample(const std::function<void()>& f) {
    std::vector<double> times;
    for (int k = 0; k < kSamples; ++k) times.push_back(seconds(f));
    std::sort(times.begin(), times.end());
    return {times.front(), times[times.size() / 2]};
}

std::vector<double> uniform(std::size_t n, double low, double high) {
    std::mt19937_64 generator(42);
    std::uniform_real_distribution<double> distribution(low, high);
    std::vector<double> x(n);
    for (double& v : x) v = distribution(generator);
    return x;
}

// Differences along one direction, against the gradient along it.
template <class Plain>
void check(const std::string& name, const Plain& f, const std::vector<double>& x, const std::vector<double>& g) {
    double along = 0.0, size = 0.0;
    std::vector<double> above = x, below = x;
    const double h = 1e-6;
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double v = (k % 2 == 0 ? 1.0 : -0.5) / std::sqrt(static_cast<double>(x.size()));
        above[k] += h * v;
        below[k] -= h * v;
        along += g[k] * v;
        size += std::abs(g[k] * v);
    }
    const double difference = (f(above) - f(below)) / (2.0 * h);
    if (!(std::abs(difference - along) <= 1e-4 * std::max(size, 1e-8))) {
        std::fprintf(stderr, "%s: %g by differences, %g by ADOL-C\n", name.c_str(), difference, along);
        std::exit(1);
    }
}

// `F` is the function at any number type, as in the Rust crate.
template <class F>
void measure(const std::string& name, std::size_t operations, const std::vector<double>& x, const F& f) {
    std::vector<double> gradient(x.size());
    const int n = static_cast<int>(x.size());
    const auto run = [&] {
        double value = 0.0;
        trace_on(kTape, 1);  // keeps the values for the sweep
        std::vector<adouble> inputs(x.size());
        for (std::size_t k = 0; k < x.size(); ++k) inputs[k] <<= x[k];
        adouble output = f(inputs);
        output >>= value;
        trace_off();
        double weight = 1.0;
        if (fos_reverse(kTape, 1, n, &weight, gradient.data()) < 0) {
            std::fprintf(stderr, "%s: the reverse sweep failed\n", name.c_str());
            std::exit(1);
        }
    };
    run();
    check(name, f, x, gradient);
    volatile double sink = 0.0;
    const Times primal = sample([&] { sink = f(x); });
    const Times both = sample(run);
    std::size_t counts[STAT_SIZE];
    tapestats(kTape, counts);
    const double bytes = static_cast<double>(counts[NUM_OPERATIONS]) + 4.0 * static_cast<double>(counts[NUM_LOCATIONS]) +
                         8.0 * static_cast<double>(counts[NUM_VALUES] + counts[TAY_STACK_SIZE]);
    const double ops = static_cast<double>(operations);
    std::printf("%-24s %-18s %10zu %11.2f %11.2f %11.2f %8.1f %7.2f %8.1f %9s\n", name.c_str(), "ADOL-C", operations,
                primal.least * 1e6, both.least * 1e6, both.median * 1e6, both.least / primal.least,
                both.least * 1e9 / ops, bytes / ops, "-");
}

}  // namespace

int main() {
    std::printf("%-24s %-18s %10s %11s %11s %11s %8s %7s %8s %9s\n", "problem", "tool", "operations", "primal us",
                "gradient us", "median us", "/primal", "ns/op", "bytes/op", "peak MB");
    for (const std::size_t n : {100UL, 10000UL, 1000000UL}) {
        const auto rosenbrock = [](const auto& x) {
            auto term = [&x](std::size_t k) {
                auto t = x[k + 1];
                t -= x[k] * x[k];
                auto u = x[k];
                u -= 1.0;
                auto y = t;
                y = t * t * 100.0 + u * u;
                return y;
            };
            auto sum = term(0);
            for (std::size_t k = 1; k + 1 < x.size(); ++k) sum = sum + term(k);
            return sum;
        };
        measure("rosenbrock " + std::to_string(n), 8 * (n - 1) - 1, uniform(n, -1.0, 1.0), rosenbrock);
    }
    measure("product 10000", 9999, uniform(10000, 0.9, 1.1), [](const auto& x) {
        auto product = x[0];
        for (std::size_t k = 1; k < x.size(); ++k) product = product * x[k];
        return product;
    });
    measure("sin chain 999999", 999999, {0.3, 1.1, 0.4}, [](const auto& x) {
        using std::sin;
        auto y = x[0];
        for (int k = 0; k < 333333; ++k) y = sin(y) * x[1] + x[2];
        return y;
    });
}
