// Opens an HTML page in Chromium, light and dark, wide and narrow, and prints as one JSON list what axe and the network
// say about each: node report_page.js CHROMIUM PAGE.html PROFILE_FOLDER

const fs = require("fs");
const { chromium } = require("playwright-core");

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

function said(violation) {
  return `${violation.id}: ${violation.help}: ${violation.nodes.map((node) => node.html.slice(0, 200)).join(" ")}`;
}

async function look(browser, file, colorScheme, width) {
  const page = await browser.newPage();
  const seen = { scheme: colorScheme, width, requests: [], dialogs: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("dialog", (dialog) => { seen.dialogs.push(dialog.message()); dialog.dismiss(); });
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme });
  await page.goto("file://" + file, { waitUntil: "load" });
  await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
  await page.evaluate(AXE);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  seen.violations = result.violations.map(said);
  seen.passes = result.passes.length;
  seen.background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  seen.scroll_width = await page.evaluate(() => document.documentElement.scrollWidth);
  await page.close();
  return seen;
}

async function main([executablePath, file, profile]) {
  // Without its Content-Security-Policy: nothing may want to run or load, not just be kept from it.
  const browser = await chromium.launchPersistentContext(profile, { executablePath, bypassCSP: true, args: FLAGS });
  const looks = [];
  for (const scheme of ["light", "dark"]) {
    for (const width of [1280, 360]) looks.push(await look(browser, file, scheme, width));
  }
  await browser.close();
  console.log(JSON.stringify(looks));
}

main(process.argv.slice(2)).catch((error) => { console.error(error); process.exit(1); });
