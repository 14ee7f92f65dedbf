/** The package's `main` is CommonJS in an ES module package, which Node cannot import; this is its ES module. */
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect';
}
