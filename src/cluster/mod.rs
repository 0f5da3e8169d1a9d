//! Floor 3: the simulated cluster; knows neither text nor browser.
