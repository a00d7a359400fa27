// What sticks beside the chart begins below the patient's banner and ends where the window ends, however the banner wraps.
const banner = document.querySelector(".pb");
const chart = document.querySelector(".chart-l");

function measure() {
  const { style } = document.documentElement;
  style.setProperty("--pb-h", `${banner.offsetHeight}px`);
  style.setProperty("--chart-top", `${Math.ceil(chart.getBoundingClientRect().top + scrollY)}px`);
}

if (banner && chart) new ResizeObserver(measure).observe(banner);

// The section that is open is in sight where the list of sections scrolls: a row on telephones.
const here = chart?.querySelector(".cnav [aria-current]");
if (here) {
  const list = here.closest(".cnav");
  list.scrollLeft = here.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;
  list.scrollTop = here.offsetTop - (list.clientHeight - here.offsetHeight) / 2;
}
