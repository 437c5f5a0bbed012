// The npm packages that carry Node give `os` and `cpu` as strings; pnpm filters on arrays only,
// so without this every platform's Node would be fetched.
module.exports = {
  hooks: {
    readPackage(pkg) {
      if (/^node-(linux|win)-/.test(pkg.name)) {
        pkg.os = [].concat(pkg.os);
        pkg.cpu = [].concat(pkg.cpu);
      }
      return pkg;
    },
  },
};
