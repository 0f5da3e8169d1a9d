export function create() { return {}; }
