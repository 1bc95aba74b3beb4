// @ts-check
// One value that holds the page's state: a component that reads a part of it is drawn again when that part changes. Several
// parts are read as a list, which changes when one of its members does.
import { useLayoutEffect, useState } from "./vendor.js";

/**
 * @template T
 * @param {T} initial
 */
export function createStore(initial) {
  let state = initial;
  const listeners = new Set();
  const get = () => state;
  /** @param {Partial<T> | ((state: T) => Partial<T>)} change */
  const set = (change) => {
    state = { ...state, ...(typeof change === "function" ? change(state) : change) };
    for (const listener of [...listeners]) listener();
  };
  /** @param {() => void} listener */
  const subscribe = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  /**
   * @template V
   * @param {(state: T) => V} select
   * @returns {V}
   */
  const use = (select) => {
    const [, draw] = useState({});
    const shown = select(state);
    useLayoutEffect(() => {
      let last = shown;
      const look = () => {
        const now = select(state);
        if (!isSame(now, last)) draw({});
        last = now;
      };
      look();
      const leave = subscribe(look);
      return () => void leave();
    });
    return shown;
  };
  return { get, set, subscribe, use };
}

const isSame = (one, other) => Object.is(one, other)
  || (Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((member, at) => Object.is(member, other[at])));
