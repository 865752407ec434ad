// Hides the rows that are not asked for; without it the whole table stands.
const form = document.querySelector(".search");
if (form) {
  const rows = [...document.querySelectorAll("tr[data-words]")];
  const words = form.querySelector("#words"), state = form.querySelector("#state");
  const show = () => rows.forEach((row) => {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    row.hidden = !asked.every((word) => row.dataset.words.includes(word)) || (state.value && row.dataset.state !== state.value);
  });
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}
