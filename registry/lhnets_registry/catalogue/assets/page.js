// Copy buttons, and the address of this mirror where code has to name it.

const root = new URL(document.body.dataset.root, document.baseURI);
for (const place of document.querySelectorAll(".mirror")) {
  place.textContent = root.href.replace(/\/$/, "");
}

for (const button of document.querySelectorAll("button.copy")) {
  if (!navigator.clipboard) break; // plain http elsewhere than localhost
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
}
