/*
 * theme.js - light, dark, or whatever the system says
 *
 * A classic script, run before anything is painted, so that a dark page never
 * flashes white. The choice belongs to this browser and lives in localStorage;
 * the style sheets look at data-theme on the root element. main.js connects
 * the button.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
(() => {
  const KEY = 'diundash.theme';
  const ORDER = ['system', 'light', 'dark'];
  const WORDS = { system: 'as the system', light: 'light', dark: 'dark' };

  function stored() {
    try {
      const value = localStorage.getItem(KEY);
      return ORDER.includes(value) ? value : 'system';
    } catch {
      return 'system';
    }
  }

  function apply(theme) {
    document.documentElement.dataset.theme = theme;
  }

  function connect(button) {
    const show = () => {
      const theme = stored();
      const text = `Theme: ${WORDS[theme]}`;
      button.setAttribute('aria-label', text);
      button.title = text;
    };
    button.addEventListener('click', () => {
      const next = ORDER[(ORDER.indexOf(stored()) + 1) % ORDER.length];
      try {
        localStorage.setItem(KEY, next);
      } catch { /* a browser without storage forgets it, no more */ }
      apply(next);
      show();
    });
    addEventListener('storage', (event) => {
      if (event.key === KEY) {
        apply(stored());
        show();
      }
    });
    show();
  }

  apply(stored());
  document.addEventListener('DOMContentLoaded', () => {
    connect(document.getElementById('theme'));
  });
})();
